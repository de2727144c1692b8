//! A character of the query that the database's encoding does not have.

use super::character;
use super::failed_text::FailedText;

/// `None` if the query does not contain the character that PostgreSQL names: then it comes from the data.
pub(super) fn explain(text: &FailedText<'_>, message: &str) -> Option<String> {
    let character = untranslatable(message)?;
    let offset = text.sql.find(character)?;
    character::explain_outside_quotes(text, character).or_else(|| {
        let place = text.place(offset);
        let code = u32::from(character);
        Some(format!(
            "The query contains {character} (U+{code:04X}) in {place}, which this database's encoding does not have: leave it out; no data there can contain it."
        ))
    })
}

/// The message has its bytes as `0xe2 0x82 0xac` in every language.
fn untranslatable(message: &str) -> Option<char> {
    let hexadecimal = message
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("0x"));
    let bytes: Result<Vec<u8>, _> = hexadecimal
        .map(|byte| u8::from_str_radix(byte, 16))
        .collect();
    let character = String::from_utf8(bytes.ok()?).ok()?;
    let mut characters = character.chars();
    characters.next().filter(|first| !first.is_ascii())
}
