//! One key: what it seals, and what is derived from it.

use std::io;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const TEXT_CHARACTERS_MIN: usize = 32;
const NONCE_BYTES: usize = 24;

/// Has no `Debug`, so that it is in no log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

/// Tells keys apart: a hash derived from one, with which nothing can be opened.
pub type Fingerprint = [u8; 32];

impl Key {
    /// `None` if the text is too short to be a secret.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        (text.chars().count() >= TEXT_CHARACTERS_MIN).then(|| {
            Self(blake3::derive_key(
                "dataclips 2026-11 secret key",
                text.as_bytes(),
            ))
        })
    }

    /// A secret for one purpose, always the same for the same key.
    pub fn derive(&self, purpose: &'static str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.0)
    }

    /// A key of its own for one purpose: what was sealed for another cannot be put in its place.
    pub fn for_purpose(&self, purpose: &'static str) -> Self {
        Self(self.derive(purpose))
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.derive("dataclips 2026-11 fingerprint of the store's key")
    }

    /// Encrypts and authenticates: a random nonce, then the sealed bytes.
    pub fn seal(&self, secret: &str) -> io::Result<Vec<u8>> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(io::Error::other)?;
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), secret.as_bytes())
            .map_err(|_| io::Error::other("the secret is too long to seal"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// `None` if it was sealed with another key, or altered since.
    pub fn open(&self, sealed: &[u8]) -> Option<String> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let secret = self.cipher().decrypt(&XNonce::from(*nonce), sealed).ok()?;
        String::from_utf8(secret).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derive("dataclips 2026-11 sealed database url").into())
    }
}
