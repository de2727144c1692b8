//! Seals and opens the secrets of one purpose.

use std::io;

use super::key::Key;

/// The keys that open; the first one seals.
pub struct Sealer(Vec<Key>);

/// What a look at a sealed secret finds.
pub enum Opened {
    /// Sealed with the key that seals now.
    AsItShouldBe,
    /// Sealed with another one.
    WithAnother(String),
    Unreadable,
}

impl Sealer {
    pub(super) fn new(keys: Vec<Key>) -> Self {
        Self(keys)
    }

    /// The sealer of mails. What was sealed as something else cannot be put in their place.
    pub(in crate::model) fn for_letters(&self) -> Self {
        self.for_purpose("dataclips 2026-11 letters")
    }

    pub(super) fn for_purpose(&self, purpose: &'static str) -> Self {
        let keys = self.0.iter().map(|key| key.for_purpose(purpose));
        Self(keys.collect())
    }

    pub fn seal(&self, secret: &str) -> io::Result<Vec<u8>> {
        self.0[0].seal(secret)
    }

    /// `None` if it was sealed with another key, or altered since.
    pub fn open(&self, sealed: &[u8]) -> Option<String> {
        self.0.iter().find_map(|key| key.open(sealed))
    }

    pub fn look(&self, sealed: &[u8]) -> Opened {
        if self.0[0].open(sealed).is_some() {
            return Opened::AsItShouldBe;
        }
        self.open(sealed)
            .map_or(Opened::Unreadable, Opened::WithAnother)
    }
}
