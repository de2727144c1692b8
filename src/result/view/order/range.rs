//! Ranges and multiranges: `[1,5)`, `empty`, `["2026-01-01 00:00:00",)`, `{[1,2),[5,)}`.

use super::{Order, text};

const END: u8 = 0;
const RANGE: u8 = 1;

const EMPTY: u8 = 0;
const FILLED: u8 = 1;

const BEFORE_ALL: u8 = 0;
const VALUE: u8 = 1;
const AFTER_ALL: u8 = 2;

/// As PostgreSQL compares them: empty ranges first, then by the lower bound, then by the upper one. A multirange by its
/// ranges, one after the other; those beyond the first that make a key of [`text::BYTES_MAX`] are not compared.
pub(super) fn write(text: &str, subtype: &Order, key: &mut Vec<u8>) -> Option<()> {
    let Some(mut rest) = text.strip_prefix('{') else {
        let rest = write_range(text, subtype, key)?;
        return rest.is_empty().then_some(());
    };
    let key_bytes_max = key.len() + text::BYTES_MAX;
    while rest != "}" {
        key.push(RANGE);
        rest = write_range(rest, subtype, key)?;
        if key.len() >= key_bytes_max {
            return Some(());
        }
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    key.push(END);
    Some(())
}

/// Returns what follows the range.
fn write_range<'a>(text: &'a str, subtype: &Order, key: &mut Vec<u8>) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix("empty") {
        key.push(EMPTY);
        return Some(rest);
    }
    key.push(FILLED);
    let is_exclusive = text.starts_with('(');
    let rest = text.strip_prefix(['[', '('])?;
    let (lower, rest) = bound(rest)?;
    write_bound(lower.as_deref(), BEFORE_ALL, is_exclusive, subtype, key)?;
    let (upper, rest) = bound(rest.strip_prefix(',')?)?;
    let is_inclusive = rest.starts_with(']');
    write_bound(upper.as_deref(), AFTER_ALL, is_inclusive, subtype, key)?;
    rest.strip_prefix([']', ')'])
}

/// Of two bounds with the same value, a lower one comes later if it is exclusive, an upper one if it is inclusive.
fn write_bound(
    value: Option<&str>,
    infinite: u8,
    is_later: bool,
    subtype: &Order,
    key: &mut Vec<u8>,
) -> Option<()> {
    let Some(value) = value else {
        key.push(infinite);
        return Some(());
    };
    key.push(VALUE);
    subtype.write(value, key)?;
    key.push(is_later.into());
    Some(())
}

/// A bound's value, and what follows it. `None` is infinite: only quotes hold an empty text.
fn bound(text: &str) -> Option<(Option<String>, &str)> {
    let mut value = String::new();
    let mut is_quoted = false;
    let mut had_quotes = false;
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' if is_quoted && text[index + 1..].starts_with('"') => {
                characters.next();
                value.push('"');
            }
            '"' => {
                is_quoted = !is_quoted;
                had_quotes = true;
            }
            '\\' => value.push(characters.next()?.1),
            ',' | ']' | ')' if !is_quoted => {
                let is_infinite = value.is_empty() && !had_quotes;
                return Some(((!is_infinite).then_some(value), &text[index..]));
            }
            other => value.push(other),
        }
    }
    None
}
