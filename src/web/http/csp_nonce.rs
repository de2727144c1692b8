//! Allows the styles that a page's own scripts add, such as the editor's. Each response has its own nonce.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The `nonce` of the Content-Security-Policy.
#[derive(Clone, Debug, Default)]
pub struct Nonce(String);

impl Nonce {
    /// 128 random bits.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(BASE64_STANDARD.encode(bytes)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
