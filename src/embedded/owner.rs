//! The user that PostgreSQL runs as: our own, or the system user `postgres`, since PostgreSQL refuses to run as root.

use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::process::Stdio;

use nix::unistd::{Gid, Uid, User};
use tokio::process::Command;

use super::Error;

/// The system user who owns the cluster's files and processes.
#[derive(Clone, Debug)]
pub struct Owner {
    name: String,
    uid: Uid,
    gid: Gid,
    is_ourselves: bool,
}

impl Owner {
    /// Our own user, or `postgres` if we are root.
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

    /// Whether we run as root.
    pub fn is_root() -> bool {
        Uid::effective().is_root()
    }

    pub fn is_ourselves(&self) -> bool {
        self.is_ourselves
    }

    /// A program that runs as this user, in its own process group (so that a Ctrl+C in our terminal reaches only us),
    /// without the environment variables that would configure PostgreSQL's programs.
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

    /// Creates a directory that only this user can enter, or accepts an existing one like that.
    pub fn make_directory(&self, directory: &Path) -> Result<(), Error> {
        match DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) => self.take(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.check(directory),
            Err(error) => Err(Error::file("make the directory", directory)(error)),
        }
    }

    /// Makes this user the owner of one of our files or directories. Changes nothing that is right already, since a hardened
    /// service may not change owners.
    pub fn take(&self, path: &Path) -> Result<(), Error> {
        let (uid, gid) = (self.uid.as_raw(), self.gid.as_raw());
        if fs::symlink_metadata(path).is_ok_and(|now| (now.uid(), now.gid()) == (uid, gid)) {
            return Ok(());
        }
        std::os::unix::fs::lchown(path, Some(uid), Some(gid))
            .map_err(Error::file("change the owner of", path))
    }

    /// Refuses a cluster of somebody else, such as a copy that another user made. Nothing is changed, so that the original,
    /// whose owner is right, is never harmed by a mistake.
    pub fn expect_cluster(&self, home: &Path) -> Result<(), Error> {
        let cluster = home.join("cluster");
        let metadata = fs::metadata(&cluster).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => fs::metadata(home),
            _ => Err(error),
        });
        let Ok(metadata) = metadata else {
            return Ok(());
        };
        if metadata.uid() == self.uid.as_raw() {
            return Ok(());
        }
        let owner = Uid::from_raw(metadata.uid());
        let known = User::from_uid(owner).ok().flatten();
        Err(Error::OtherOwner {
            home: home.to_owned(),
            cluster,
            owner: known.map_or_else(|| format!("user {owner}"), |user| user.name),
            user: self.name.clone(),
            uid: self.uid.as_raw(),
        })
    }

    /// Whether this user can work in a directory. Tried by a process of that user, since permissions, mounts and access
    /// lists all matter.
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
