//! Strong entity tags: a hash of everything on which the bytes of a body depend.

use std::hash::{Hash, Hasher};

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue};

use crate::encode::{Caption, Coding, Format, Options, REVISION};
use crate::result::Summary;

/// An entity tag in its quoted form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(String);

/// Takes what a tag depends on as bytes: equal on all servers of one build.
#[derive(Default)]
struct Blake3(blake3::Hasher);

impl Hasher for Blake3 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Only a part of the hash, which is read whole instead.
    fn finish(&self) -> u64 {
        let hash = self.0.finalize();
        u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
    }
}

impl ETag {
    pub fn new(
        format: Format,
        options: &Options,
        caption: &Caption,
        summary: &Summary,
        coding: Coding,
    ) -> Self {
        let result = (
            summary.number,
            summary.started_at,
            summary.finished_at,
            summary.checksum,
        );
        let mut hasher = Blake3::default();
        (REVISION, format, options, caption, result).hash(&mut hasher);
        Self::from_hash(&hasher.0, coding)
    }

    /// Of bytes that are all there.
    pub fn of_bytes(bytes: &[u8], coding: Coding) -> Self {
        Self::from_hash(blake3::Hasher::new().update(bytes), coding)
    }

    fn from_hash(hasher: &blake3::Hasher, coding: Coding) -> Self {
        let hash = hasher.finalize().to_hex();
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
