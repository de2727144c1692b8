//! The key that seals secrets at rest, and everything derived from it.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const TEXT_CHARACTERS_MIN: usize = 32;
const NONCE_BYTES: usize = 24;

/// `DATACLIPS_SECRET_KEY`, or the one in the data directory. `Debug` hides it.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
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

    /// Reads the key from a file; creates the file, readable by its owner only, if there is none.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
        {
            Ok(mut file) => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(io::Error::other)?;
                file.write_all(BASE64_STANDARD.encode(secret).as_bytes())?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let mut text = String::new();
        OpenOptions::new()
            .read(true)
            .open(path)?
            .read_to_string(&mut text)?;
        Self::from_text(&text).ok_or_else(|| io::Error::other("the secret key's file is cut short"))
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

    /// A secret for one purpose, always the same for the same key.
    pub fn derive(&self, purpose: &'static str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.0)
    }

    /// The key that seals mails. What was sealed as something else cannot be put in their place.
    pub fn for_letters(&self) -> Self {
        Self(self.derive("dataclips 2026-11 letters"))
    }

    /// The key that seals what a browser carries to an OpenID provider and back.
    pub fn for_sign_ins(&self) -> Self {
        Self(self.derive("dataclips 2026-11 sign-in at a provider"))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.derive("dataclips 2026-11 sealed database url").into())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_the_same_key_opens_what_was_sealed() {
        let key = SecretKey::from_text(&"k".repeat(32)).unwrap();
        let other = SecretKey::from_text(&"j".repeat(32)).unwrap();
        let mut sealed = key.seal("postgresql://a:b@c/d").unwrap();
        assert_eq!(key.open(&sealed).as_deref(), Some("postgresql://a:b@c/d"));
        assert_ne!(sealed, key.seal("postgresql://a:b@c/d").unwrap());
        assert_eq!(other.open(&sealed), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(key.open(&sealed), None);
        assert_eq!(key.open(b"short"), None);
        assert!(SecretKey::from_text("short").is_none());
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret_key");
        let sealed = SecretKey::from_file(&path).unwrap().seal("x").unwrap();
        assert_eq!(
            SecretKey::from_file(&path)
                .unwrap()
                .open(&sealed)
                .as_deref(),
            Some("x")
        );
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
