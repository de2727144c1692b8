//! Secrets that we make up: random texts, of which the store keeps only hashes.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::error::Error;

/// A new one, 32 random bytes behind a prefix that says what it is.
pub fn generate(prefix: &str) -> Result<String, Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Error::internal)?;
    Ok(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(secret)))
}

/// The secret is random, so a fast hash keeps it as well as a slow one.
pub fn hash(text: &str) -> Vec<u8> {
    blake3::hash(text.as_bytes()).as_bytes().to_vec()
}
