//! As whom PostgreSQL runs: as ourselves, or, since it refuses root, as the system user `postgres`.

use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::process::Stdio;

use nix::unistd::{Gid, Uid, User};
use tokio::process::Command;

use super::Error;

/// The system user whom the cluster's files and processes belong to.
#[derive(Clone, Debug)]
pub struct Owner {
    name: String,
    uid: Uid,
    gid: Gid,
    is_ourselves: bool,
}

impl Owner {
    /// Ourselves, or the user `postgres` if we are root.
    pub fn find() -> Result<Self, Error> {
        let uid = Uid::effective();
        if !uid.is_root() {
            return Ok(Self {
                name: format!("user {uid}"),
                uid,
                gid: Gid::effective(),
                is_ourselves: true,
            });
        }
        let Ok(Some(user)) = User::from_name("postgres") else {
            return Err(Error::NoPostgresUser);
        };
        Ok(Self {
            name: user.name,
            uid: user.uid,
            gid: user.gid,
            is_ourselves: false,
        })
    }

    /// Whether we are root ourselves.
    pub fn is_root() -> bool {
        Uid::effective().is_root()
    }

    pub fn is_ourselves(&self) -> bool {
        self.is_ourselves
    }

    /// A program to be run as this user, in a process group of its own (so that a Ctrl+C in our terminal reaches only
    /// us), and untouched by settings for PostgreSQL's programs that happen to be in our environment.
    pub fn command(&self, program: &Path, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(directory)
            .env("LC_ALL", "C")
            .process_group(0)
            .stdin(Stdio::null());
        for name in [
            "PGDATA",
            "PGPORT",
            "PGTZ",
            "PGDATESTYLE",
            "PGCLIENTENCODING",
        ] {
            command.env_remove(name);
        }
        if !self.is_ourselves {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Makes a directory that only this user can enter, or accepts one that already is so.
    pub fn make_directory(&self, directory: &Path) -> Result<(), Error> {
        match DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) => self.take(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.check(directory),
            Err(error) => Err(Error::file("make the directory", directory)(error)),
        }
    }

    /// Makes a file or directory of ours theirs.
    pub fn take(&self, path: &Path) -> Result<(), Error> {
        std::os::unix::fs::lchown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
            .map_err(Error::file("change the owner of", path))
    }

    /// Asks the system, as that user, whether they can work in a directory: permissions, mounts and access lists have
    /// their say, so nothing is guessed.
    pub async fn reaches(&self, directory: &Path) -> bool {
        if self.is_ourselves {
            return true;
        }
        let status = self
            .command(Path::new("/bin/sh"), Path::new("/"))
            .args(["-c", "cd -- \"$0\" && : > .probe && rm .probe"])
            .arg(directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await;
        status.is_ok_and(|status| status.success())
    }

    fn check(&self, directory: &Path) -> Result<(), Error> {
        let metadata =
            fs::symlink_metadata(directory).map_err(Error::file("look at", directory))?;
        let is_half_made = metadata.uid() == Uid::effective().as_raw() && !self.is_ourselves;
        let is_theirs = metadata.uid() == self.uid.as_raw() || is_half_made;
        if !metadata.is_dir() || !is_theirs || metadata.mode() & 0o077 != 0 {
            return Err(Error::UnsafeDirectory {
                directory: directory.to_owned(),
                owner: self.name.clone(),
            });
        }
        if is_half_made {
            self.take(directory)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
