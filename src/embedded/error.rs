//! Everything that can keep the private cluster from running, each as a sentence that helps to resolve it.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private cluster does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "No DATABASE_URL is set, so Dataclips keeps its data in a PostgreSQL cluster of its own, but PostgreSQL's server programs (postgres and initdb, version 13 or newer) were not found on this machine. {advice}"
    )]
    NoPrograms { advice: String },

    #[error(
        "{} was created by PostgreSQL {version}, whose server programs were not found on this machine (found: {found}). Install PostgreSQL {version} beside the others. {advice}",
        cluster.display()
    )]
    OtherVersion {
        cluster: PathBuf,
        version: u32,
        found: String,
        advice: String,
    },

    #[error(
        "PostgreSQL refuses to run as root, so Dataclips runs it as the system user \"postgres\", which does not exist here. Create that user (`useradd --system --home-dir /var/lib/postgresql postgres`), or start Dataclips as a user \
         other than root."
    )]
    NoPostgresUser,

    #[error(
        "Another Dataclips server, process {pid}, is already using {}. Stop it first, or give this one its own data directory with DATACLIPS_DATA_DIR.",
        data_dir.display()
    )]
    ServerRuns { data_dir: PathBuf, pid: i32 },

    #[error(
        "{holder} has kept {} locked for {waited_s} seconds. Try again when it is done, or stop it.",
        data_dir.display()
    )]
    Busy {
        data_dir: PathBuf,
        holder: String,
        waited_s: u64,
    },

    #[error(
        "The server, process {pid}, is using {}, but its PostgreSQL does not respond. See \
         postgresql/postgresql.log there.",
        data_dir.display()
    )]
    NoAnswer { data_dir: PathBuf, pid: i32 },

    #[error(
        "PostgreSQL runs as {user}, who can no longer reach the cluster in {}. Restore the right to traverse the \
         directories above it (`chmod o+x`), or move the data directory to where {user} can go.",
        home.display()
    )]
    Unreachable { home: PathBuf, user: String },

    #[error(
        "{} belongs to {owner}, but PostgreSQL runs as {user} and only reads what is its own: this is what a copy made by another user looks like. Run `chown -R {uid} {}` and start again.",
        cluster.display(), home.display()
    )]
    OtherOwner {
        home: PathBuf,
        cluster: PathBuf,
        owner: String,
        user: String,
        uid: u32,
    },

    #[error(
        "{} was moved: its PostgreSQL cluster is still in {}. Run `mv {} {}`, remove the link {}, and start again.",
        data_dir.display(), old.display(), old.display(), new.display(), link.display()
    )]
    Moved {
        data_dir: PathBuf,
        link: PathBuf,
        old: PathBuf,
        new: PathBuf,
    },

    #[error(
        "{} does not belong to {owner} alone, so PostgreSQL's socket is not safe in it. Check who created it, and remove it.",
        directory.display()
    )]
    UnsafeDirectory { directory: PathBuf, owner: String },

    #[error(
        "An earlier PostgreSQL, process {pid}, still uses {} and does not stop. Stop that process and start again.",
        cluster.display()
    )]
    Leftover { cluster: PathBuf, pid: i32 },

    #[error(
        "Cannot {doing} the data directory {}: {source}. Set DATACLIPS_DATA_DIR to a directory in which this user may write, or DATABASE_URL to a PostgreSQL database of your own.",
        data_dir.display()
    )]
    DataDir {
        doing: &'static str,
        data_dir: PathBuf,
        source: io::Error,
    },

    #[error("{program} failed: {output}")]
    Program { program: String, output: String },

    #[error("PostgreSQL did not start ({cause}). The end of its log, {}:\n{tail}", log.display())]
    NotStarted {
        cause: String,
        log: PathBuf,
        tail: String,
    },

    #[error("Cannot {doing} {}: {source}.", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: what could not be done with the data directory.
    pub(super) fn data_dir(
        doing: &'static str,
        data_dir: &Path,
    ) -> impl FnOnce(io::Error) -> Error {
        let data_dir = data_dir.to_owned();
        move |source| Error::DataDir {
            doing,
            data_dir,
            source,
        }
    }

    /// For `map_err`: the action that failed, and on which file.
    pub(super) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::File {
            doing,
            path,
            source,
        }
    }
}
