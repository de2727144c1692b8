//! How servers name secrets to each other.

use serde::{Deserialize, Serialize};

/// A keyed hash: tells secrets apart without revealing them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tag(String);

impl Tag {
    pub fn new(key: &[u8; 32], secret: &str) -> Self {
        let hash = blake3::keyed_hash(key, secret.as_bytes()).to_hex();
        Self(hash.chars().take(32).collect())
    }

    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
