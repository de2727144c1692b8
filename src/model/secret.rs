//! Secrets that we generate, as random texts, of which the store keeps only hashes; and the key that seals others.

pub mod secret_key;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::error::Error;

/// A new secret: 32 random bytes after a prefix that says what it is for.
pub fn generate(prefix: &str) -> Result<String, Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Error::internal)?;
    Ok(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(secret)))
}

/// The secret is random, so a fast hash protects it as well as a slow one.
pub fn hash(text: &str) -> Vec<u8> {
    blake3::hash(text.as_bytes()).as_bytes().to_vec()
}
