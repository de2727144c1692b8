//! Strong entity tags: a hash of everything on which the bytes of a body depend.

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue};

use crate::encode::{Caption, Coding, Format, Options, REVISION};
use crate::result::Summary;

/// An entity tag in its quoted form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(String);

impl ETag {
    pub fn new(
        format: Format,
        options: &Options,
        caption: &Caption,
        summary: &Summary,
        coding: Coding,
    ) -> Self {
        let depends_on = format!(
            "{REVISION} {format:?} {options:?} {caption:?} {} {} {} {}",
            summary.number, summary.started_at, summary.finished_at, summary.checksum
        );
        let hash = blake3::hash(depends_on.as_bytes()).to_hex();
        let suffix = coding
            .name()
            .map(|name| format!("-{name}"))
            .unwrap_or_default();
        Self(format!("\"{}{suffix}\"", &hash[..32]))
    }

    #[cfg(test)]
    pub fn for_tests(name: &str) -> Self {
        Self(format!("\"{name}\""))
    }

    /// Whether the client has exactly these bytes already.
    pub fn matches(&self, headers: &HeaderMap) -> bool {
        let sent = headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut tags = sent.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.0)
    }

    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0)
            .expect("hexadecimal digits and a coding's name are a valid header")
    }
}
