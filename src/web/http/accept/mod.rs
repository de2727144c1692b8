//! What a client accepts: content codings and content types, each with a weight (RFC 9110, section 12.4.2).

pub mod content_coding;
pub mod content_type;

use axum::http::{HeaderMap, HeaderName};

/// The names in a header such as `gzip;q=0.8, br`, in lower case, with their weights. What cannot be read is left out.
fn preferences(headers: &HeaderMap, header: &HeaderName) -> impl Iterator<Item = (String, f32)> {
    let values = headers.get_all(header).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let entries = values.flat_map(|value| value.split(','));
    entries.filter_map(parse_preference)
}

fn parse_preference(text: &str) -> Option<(String, f32)> {
    let text = text.to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?.to_owned();
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        Some(weight) => weight.parse().ok()?,
        None => 1.0,
    };
    Some((name, weight))
}
