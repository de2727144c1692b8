//! The key's files in the data directory: `secret_key`; beside it `secret_key.new` while it is replaced, and afterwards
//! `secret_key.old`, which only older backups need. Keys that are older still are `secret_key.old.1`, `secret_key.old.2` and so on.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{Key, Keys};

#[derive(Clone)]
pub(super) struct KeyFiles(PathBuf);

impl KeyFiles {
    pub fn new(data_dir: &Path) -> Self {
        Self(data_dir.to_owned())
    }

    /// Makes a key if there is none.
    pub fn read(&self) -> io::Result<Keys> {
        // Read first: before the next line, it may already have taken the other's place.
        let next = self.key("secret_key.new")?;
        let key = match self.key("secret_key")? {
            Some(key) => key,
            None => self.make_first()?,
        };
        Ok(match next.filter(|next| *next != key) {
            Some(next) => Keys::both(next, key),
            None => Keys::one(key),
        })
    }

    /// Held by the process that replaces the key, until it closes the file or ends.
    pub fn lock(&self) -> Result<File, TryLockError> {
        let directory = File::open(&self.0).map_err(TryLockError::Error)?;
        directory.try_lock()?;
        Ok(directory)
    }

    /// Makes a new key beside the current one, unless there is one already.
    pub fn make_next(&self) -> io::Result<()> {
        let next = self.path("secret_key.new");
        if next.exists() {
            return Ok(());
        }
        let part = self.path("secret_key.part");
        let _ = fs::remove_file(&part);
        write_new(&part)?;
        self.give_to_owner(&part)?;
        fs::rename(&part, next)?;
        self.sync()
    }

    /// Puts the new key in the place of the current one. At each moment there is a key.
    pub fn keep_next(&self) -> io::Result<()> {
        let (key, next) = (self.path("secret_key"), self.path("secret_key.new"));
        if !next.exists() {
            return Ok(());
        }
        self.keep_older()?;
        let (part, old) = (self.path("secret_key.part"), self.path("secret_key.old"));
        let _ = fs::remove_file(&part);
        fs::hard_link(&key, &part)?;
        fs::rename(&part, old)?;
        fs::rename(next, key)?;
        self.sync()
    }

    /// Moves the old key of the last replacement out of the way of this one's.
    fn keep_older(&self) -> io::Result<()> {
        let old = self.key("secret_key.old")?;
        // The same if this replacement was interrupted here before.
        if old.is_none() || old == self.key("secret_key")? {
            return Ok(());
        }
        let mut names = (1_u32..).map(|number| self.path(&format!("secret_key.old.{number}")));
        let free = names.find(|path| !path.exists());
        let free = free.ok_or_else(|| io::Error::other("there are too many old keys"))?;
        fs::rename(self.path("secret_key.old"), free)
    }

    fn make_first(&self) -> io::Result<Key> {
        match write_new(&self.path("secret_key")) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let key = self.key("secret_key")?;
        key.ok_or_else(|| io::Error::other("the secret key's file is gone"))
    }

    fn key(&self, name: &str) -> io::Result<Option<Key>> {
        match fs::read_to_string(self.path(name)) {
            Ok(text) => Key::from_text(&text)
                .map(Some)
                .ok_or_else(|| io::Error::other(format!("the file {name} is cut short"))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A command may run as another user than the server.
    fn give_to_owner(&self, path: &Path) -> io::Result<()> {
        let owner = fs::metadata(self.path("secret_key"))?;
        let now = fs::metadata(path)?;
        if (now.uid(), now.gid()) == (owner.uid(), owner.gid()) {
            return Ok(());
        }
        chown(path, Some(owner.uid()), Some(owner.gid()))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn write_new(path: &Path) -> io::Result<()> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(BASE64_STANDARD.encode(secret).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::SecretKey;

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let read = || SecretKey::from_data_dir(directory.path()).unwrap();
        assert!(read().is_same(&read()));
        let file = directory.path().join("secret_key").metadata().unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_new_key_takes_the_place_of_the_old_one_wherever_that_is_interrupted() {
        let directory = tempfile::tempdir().unwrap();
        let read = || SecretKey::from_data_dir(directory.path()).unwrap();
        let running = read();
        let old = running.fingerprints();
        read().make_next().unwrap();
        read().make_next().unwrap();
        running.reread().unwrap();
        let both = read().fingerprints();
        assert_eq!(running.fingerprints(), both);
        assert_eq!(both[1..], old);
        read().keep_next().unwrap();
        read().keep_next().unwrap();
        running.reread().unwrap();
        assert_eq!(read().fingerprints(), both[..1]);
        assert_eq!(running.fingerprints(), both);
        for name in ["secret_key", "secret_key.old"] {
            let file = directory.path().join(name).metadata().unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn only_one_at_a_time_replaces_the_key() {
        let directory = tempfile::tempdir().unwrap();
        let read = || SecretKey::from_data_dir(directory.path()).unwrap();
        let held = read().replace_alone().unwrap();
        assert!(read().replace_alone().is_err());
        drop(held);
        assert!(read().replace_alone().unwrap().is_some());
    }

    #[test]
    fn whoever_missed_a_replacement_knows_the_last_key_and_the_next() {
        let directory = tempfile::tempdir().unwrap();
        let read = || SecretKey::from_data_dir(directory.path()).unwrap();
        let late = read();
        read().make_next().unwrap();
        read().keep_next().unwrap();
        late.make_next().unwrap();
        assert_eq!(late.fingerprints(), read().fingerprints());
        assert_eq!(late.fingerprints().len(), 2);
    }
}
