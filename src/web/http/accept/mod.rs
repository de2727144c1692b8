//! What a client accepts: content codings and content types, each with a weight (RFC 9110, section 12.4.2).

pub mod content_coding;
pub mod content_type;

use axum::http::{HeaderMap, HeaderName};

/// The names in a header such as `gzip;q=0.8, br`, in lower case, with their weights. What cannot be read, and
/// weights outside 0 to 1, are left out.
fn preferences(headers: &HeaderMap, header: &HeaderName) -> impl Iterator<Item = (String, f32)> {
    let values = headers.get_all(header).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let entries = values.flat_map(|value| split(value, ','));
    entries.filter_map(parse_preference)
}

fn parse_preference(text: &str) -> Option<(String, f32)> {
    let text = text.to_ascii_lowercase();
    let mut parts = split(&text, ';').map(str::trim);
    let name = parts.next()?.to_owned();
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        Some(weight) => weight.parse().ok()?,
        None => 1.0,
    };
    (0.0..=1.0).contains(&weight).then_some((name, weight))
}

/// Splits at a separator, but not within quoted strings (RFC 9110, section 5.6.4).
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |next| {
        match next {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = is_quoted,
            '"' => is_quoted = !is_quoted,
            _ => return next == separator && !is_quoted,
        }
        false
    })
}
