//! The messages of a server that are not rows.

use std::io;
use std::str::Utf8Error;

use bytes::{BufMut, BytesMut};
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::Message;

use super::Answer;
use super::error::WireError;
use crate::run::Failure;
use crate::run::error::server_error::ServerError;

/// What PostgreSQL says about a statement that it has parsed.
#[derive(Debug)]
pub(in crate::run) struct Described {
    /// The types of its parameters.
    pub(in crate::run) parameters: Vec<u32>,
    /// None if it returns no rows.
    pub(in crate::run) fields: Vec<Field>,
    /// To what the opening asked.
    pub(in crate::run) answer: Option<Answer>,
}

/// A column, by the number of its type.
#[derive(Debug)]
pub(in crate::run) struct Field {
    pub(in crate::run) name: String,
    pub(in crate::run) type_oid: u32,
    pub(in crate::run) type_modifier: i32,
}

impl Described {
    /// Refuses statements that cannot give a result: those with parameters that nobody declared, and those that return no
    /// columns.
    pub(in crate::run) fn refuse(&self, declared: usize) -> Result<(), Failure> {
        match self {
            described if described.parameters.len() > declared => Err(Failure::Parameters),
            described if described.fields.is_empty() => Err(Failure::NoColumns),
            _ => Ok(()),
        }
    }
}

pub(super) fn parameters(body: &[u8]) -> Result<Vec<u32>, WireError> {
    match message(b't', body)? {
        Message::ParameterDescription(body) => body
            .parameters()
            .collect()
            .map_err(|_| WireError::Unexpected),
        _ => Err(WireError::Unexpected),
    }
}

/// Fails with [`WireError::NotUtf8`] for a name in a database without an encoding.
pub(super) fn fields(body: &[u8]) -> Result<Vec<Field>, WireError> {
    let Message::RowDescription(body) = message(b'T', body)? else {
        return Err(WireError::Unexpected);
    };
    let mut fields = Vec::new();
    let mut described = body.fields();
    while let Some(field) = described.next().map_err(unreadable)? {
        fields.push(Field {
            name: field.name().to_owned(),
            type_oid: field.type_oid(),
            type_modifier: field.type_modifier(),
        });
    }
    Ok(fields)
}

fn unreadable(error: io::Error) -> WireError {
    let cause = error.get_ref().map(|cause| cause.is::<Utf8Error>());
    match cause {
        // A name in a database without an encoding.
        Some(true) => WireError::NotUtf8,
        _ => WireError::Unexpected,
    }
}

/// The library reads a message with its header.
fn message(tag: u8, body: &[u8]) -> Result<Message, WireError> {
    let length = i32::try_from(body.len() + 4).map_err(|_| WireError::Unexpected)?;
    let mut whole = BytesMut::with_capacity(body.len() + 5);
    whole.put_u8(tag);
    whole.put_i32(length);
    whole.put_slice(body);
    match Message::parse(&mut whole) {
        Ok(Some(message)) => Ok(message),
        Ok(None) | Err(_) => Err(WireError::Unexpected),
    }
}

/// One of the fields of an error or a notice: its type and its text, of which the end may be missing.
pub(super) fn set_field(error: &mut ServerError, field: u8, text: &[u8]) {
    let text = String::from_utf8_lossy(text).into_owned();
    match field {
        // Not localised, unlike S.
        b'V' => error.is_fatal = matches!(text.as_str(), "FATAL" | "PANIC"),
        b'C' => error.sqlstate = text,
        b'M' => error.message = text,
        b'D' => error.detail = Some(text),
        b'H' => error.hint = Some(text),
        b'P' => error.position = text.parse().ok(),
        b'W' => error.parameter = parameter(&text),
        _ => {}
    }
}

/// The number of the parameter whose value was being read, from the outermost line of an error's context:
/// `unnamed portal parameter $1 = '…'`, in the server's language.
fn parameter(context: &str) -> Option<usize> {
    let (before, behind) = context.lines().last()?.split_once(" $")?;
    let end = behind.find(|character: char| !character.is_ascii_digit());
    let number = &behind[..end.unwrap_or(behind.len())];
    // With `log_parameter_max_length_on_error` all values are listed for any error, behind a colon.
    match before.ends_with(':') {
        true => None,
        false => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_names_the_parameter_whose_value_was_read() {
        for (context, expected) in [
            ("unnamed portal parameter $1", Some(1)),
            ("unnamed portal parameter $12 = 'x: $3'", Some(12)),
            (
                "JSON data, line 1: x\nunnamed portal parameter $2 = '...'",
                Some(2),
            ),
            ("unnamed portal with parameters: $1 = 'x', $2 = 'y'", None),
            ("SQL function \"f\" during inlining", None),
            ("", None),
        ] {
            assert_eq!(parameter(context), expected, "{context}");
        }
    }
}
