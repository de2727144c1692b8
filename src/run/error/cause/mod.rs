//! What in a text its error probably comes from: look-alike characters, placeholders, words of other tools, blanks.
//!
//! Looks only at texts that PostgreSQL has refused, and never judges one beforehand.

mod blank;
mod character;
mod dialect;
mod encoding;
mod failed_text;
mod placeholder;
mod psql;
mod quotes;

use failed_text::FailedText;

/// The same for a text with numbers in place of its blanks; `names` has the name of each, from 1, with the type that the
/// clip's settings fix. Also returns the name of the blank whose fixed type is the cause, if it is one.
pub(super) fn find_blank(
    sql: &str,
    sqlstate: &str,
    position: Option<usize>,
    message: &str,
    names: &[(&str, Option<&str>)],
) -> Option<(String, Option<String>)> {
    blank::explain(&FailedText::new(sql, position), sqlstate, message, names)
}

/// The name of the blank at the error, if there is one.
pub(super) fn blank_at<'n>(
    sql: &str,
    position: Option<usize>,
    names: &[(&'n str, Option<&str>)],
) -> Option<&'n str> {
    blank::name_at_error(&FailedText::new(sql, position), names)
}

/// A sentence that names the cause and what to write instead.
/// `position` is in characters, from 1.
pub(super) fn find(
    sql: &str,
    sqlstate: &str,
    position: Option<usize>,
    message: &str,
) -> Option<String> {
    let text = FailedText::new(sql, position);
    match sqlstate {
        "22P05" => encoding::explain(&text, message),
        "22P02" | "22007" | "22008" => character::explain_value(&text),
        "42501" => None,
        code if code.starts_with("42") => psql::explain(&text)
            .or_else(|| placeholder::explain(&text))
            .or_else(|| character::explain(&text))
            .or_else(|| dialect::explain(&text))
            .or_else(|| quotes::explain(&text)),
        _ => None,
    }
}
