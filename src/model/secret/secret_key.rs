//! The key that seals secrets at rest, and everything derived from it. While it is rotated there are two: both open what
//! was sealed, and the one that the store has seals.

mod files;
mod key;
pub mod rotation;
mod sealer;
pub mod store_key;

use std::fmt;
use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use files::KeyFiles;
use key::{Fingerprint, Key};
pub use sealer::{Opened, Sealer};

const SIGN_INS: &str = "dataclips 2026-11 sign-in at a provider";

/// `DATACLIPS_SECRET_KEY`, or the one in the data directory. Clones share its state. `Debug` hides it.
#[derive(Clone)]
pub struct SecretKey {
    keys: Arc<RwLock<Keys>>,
    files: Option<KeyFiles>,
}

/// The key, and the old one that it replaces.
#[derive(Clone, Copy)]
struct Keys {
    key: Key,
    old: Option<Key>,
    /// Whether the store still has the old key.
    uses_old: bool,
}

impl SecretKey {
    /// `None` if the text is too short to be a secret.
    pub fn from_text(text: &str) -> Option<Self> {
        Some(Self::new(Keys::one(Key::from_text(text)?), None))
    }

    /// The same key, which replaces this old one.
    pub fn replacing(&self, old: &Self) -> Self {
        let (key, old) = (self.keys().key, old.keys().key);
        Self::new(Keys::both(key, old), None)
    }

    /// The key in the data directory; creates its file, readable by its owner only, if there is none.
    pub fn from_data_dir(data_dir: &Path) -> io::Result<Self> {
        let files = KeyFiles::new(data_dir);
        Ok(Self::new(files.read()?, Some(files)))
    }

    pub fn is_same(&self, other: &Self) -> bool {
        self.keys().key == other.keys().key
    }

    /// Whether there is an old key that this one replaces.
    pub fn is_replacing(&self) -> bool {
        self.keys().old.is_some()
    }

    /// Whether it is in the data directory.
    pub fn is_in_data_dir(&self) -> bool {
        self.files.is_some()
    }

    /// Keeps others from replacing the key in the data directory as long as the returned file is open. `None` if it is not there:
    /// then its files are not replaced.
    pub fn replace_alone(&self) -> Result<Option<File>, TryLockError> {
        self.files.as_ref().map(KeyFiles::lock).transpose()
    }

    /// Makes the key that replaces the one in the data directory, unless that was done before.
    pub fn make_next(&self) -> io::Result<()> {
        if let Some(files) = &self.files {
            files.make_next()?;
        }
        self.reread()
    }

    /// From now on the data directory has the new key in the place of the old one.
    pub fn keep_next(&self) -> io::Result<()> {
        self.files.as_ref().map_or(Ok(()), KeyFiles::keep_next)
    }

    /// Notices that a command is replacing the key in the data directory. The old key stays known until the process ends:
    /// browsers still have what was made with it.
    pub fn reread(&self) -> io::Result<()> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let read = files.read()?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if read.key != keys.key {
            // Where several were replaced since, the old one is the last of them.
            *keys = Keys::both(read.key, read.old.unwrap_or(keys.key));
        }
        Ok(())
    }

    /// Seals from now on with the key that has this fingerprint, which is the store's. Returns whether it is known.
    pub fn follow(&self, fingerprint: &[u8]) -> bool {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let Some(uses_old) = keys.is_old(fingerprint) else {
            return false;
        };
        keys.uses_old = uses_old;
        true
    }

    /// Of the new key, and of the old one if there is one.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let Keys { key, old, .. } = self.keys();
        [Some(key), old]
            .into_iter()
            .flatten()
            .map(|key| key.fingerprint())
            .collect()
    }

    /// A secret for one purpose, always the same as long as the store has the same key.
    pub fn derive(&self, purpose: &'static str) -> [u8; 32] {
        self.keys().in_use()[0].derive(purpose)
    }

    /// The same, followed by what the other key gives while one is replaced.
    pub fn derive_all(&self, purpose: &'static str) -> Vec<[u8; 32]> {
        let keys = self.keys().in_use();
        keys.iter().map(|key| key.derive(purpose)).collect()
    }

    /// Seals the URLs of databases.
    pub fn for_urls(&self) -> Sealer {
        Sealer::new(self.keys().in_use())
    }

    /// The same, sealing with the key that has this fingerprint. `None` if it is not known.
    fn sealer_for(&self, fingerprint: &[u8]) -> Option<Sealer> {
        let keys = self.keys();
        let uses_old = keys.is_old(fingerprint)?;
        Some(Sealer::new(Keys { uses_old, ..keys }.in_use()))
    }

    /// Seals mails.
    pub fn for_letters(&self) -> Sealer {
        self.for_urls().for_letters()
    }

    /// Seals what a browser carries to an OpenID provider and back.
    pub fn for_sign_ins(&self) -> Sealer {
        self.for_urls().for_purpose(SIGN_INS)
    }

    fn new(keys: Keys, files: Option<KeyFiles>) -> Self {
        Self {
            keys: Arc::new(RwLock::new(keys)),
            files,
        }
    }

    fn keys(&self) -> Keys {
        *self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    fn one(key: Key) -> Self {
        Self {
            key,
            old: None,
            uses_old: false,
        }
    }

    /// The old one seals until the store is known to have the new one.
    fn both(key: Key, old: Key) -> Self {
        Self {
            key,
            old: Some(old),
            uses_old: true,
        }
    }

    /// Which of them has this fingerprint. `None`: neither.
    fn is_old(&self, fingerprint: &[u8]) -> Option<bool> {
        let has = |key: Key| key.fingerprint() == fingerprint;
        match self.old {
            _ if has(self.key) => Some(false),
            Some(old) if has(old) => Some(true),
            _ => None,
        }
    }

    /// First the one that seals.
    fn in_use(self) -> Vec<Key> {
        let mut keys = vec![self.key];
        keys.extend(self.old);
        if self.uses_old {
            keys.reverse();
        }
        keys
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(letter: &str) -> SecretKey {
        SecretKey::from_text(&letter.repeat(32)).unwrap()
    }

    #[test]
    fn only_the_same_key_opens_what_was_sealed() {
        let (key, other) = (key("k"), key("j"));
        let mut sealed = key.for_urls().seal("postgresql://a:b@c/d").unwrap();
        let open = |key: &SecretKey, sealed: &[u8]| key.for_urls().open(sealed);
        assert_eq!(open(&key, &sealed).as_deref(), Some("postgresql://a:b@c/d"));
        assert_ne!(sealed, key.for_urls().seal("postgresql://a:b@c/d").unwrap());
        assert_eq!(open(&other, &sealed), None);
        assert_eq!(key.for_letters().open(&sealed), None);
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&key, &sealed), None);
        assert_eq!(open(&key, b"short"), None);
        assert!(SecretKey::from_text("short").is_none());
    }

    #[test]
    fn while_a_key_is_replaced_both_open_and_the_stores_key_seals() {
        let (old, new) = (key("o"), key("n"));
        let both = new.replacing(&old);
        let sealed = |key: &SecretKey| key.for_urls().seal("x").unwrap();
        let opens = |key: &SecretKey, sealed: &[u8]| key.for_urls().open(sealed).is_some();
        assert!(opens(&old, &sealed(&both)));
        assert_eq!(both.derive("a"), old.derive("a"));
        assert!(!both.follow(&key("s").fingerprints()[0]));
        assert!(both.follow(&new.fingerprints()[0]));
        assert!(opens(&new, &sealed(&both)) && !opens(&old, &sealed(&both)));
        assert!(opens(&both, &sealed(&old)) && opens(&both, &sealed(&new)));
        assert_eq!(both.derive_all("a"), [new.derive("a"), old.derive("a")]);
        assert!(both.clone().follow(&old.fingerprints()[0]));
        assert!(opens(&old, &sealed(&both)));
        assert_eq!(format!("{both:?}"), "SecretKey(…)");
    }
}
