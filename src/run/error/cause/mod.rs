//! What in a text its error probably comes from: look-alike characters, placeholders, words of other tools.
//!
//! Looks only at texts that PostgreSQL has refused, and never judges one beforehand.

mod character;
mod dialect;
mod encoding;
mod failed_text;
mod placeholder;
mod psql;
mod quotes;

use failed_text::FailedText;

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
