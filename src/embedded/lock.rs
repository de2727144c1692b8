//! Only one Dataclips process at a time may work on a data directory. It locks a file in it; the system releases the
//! lock however its holder ends. The text in the file only shows other processes who holds it.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::sys::signal;
use nix::unistd::Pid;

use super::Error;

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What a process locks a data directory for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// As long as the server runs.
    Serving,
    /// For the duration of a command.
    Command,
}

/// Another process that holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pub pid: i32,
    pub purpose: Purpose,
}

/// The outcome of trying to take the lock.
#[derive(Debug)]
pub enum Attempt {
    Taken(Lock),
    /// By a process that may not have written its name yet.
    Held(Option<Holder>),
}

impl Lock {
    /// Tries once, without waiting.
    pub fn attempt(data_dir: &Path, purpose: Purpose) -> Result<Attempt, Error> {
        let path = data_dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::data_dir("lock", data_dir))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Attempt::Held(read_holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(Error::file("lock", &path)(error)),
        }
        let holder = Holder {
            pid: Pid::this().as_raw(),
            purpose,
        };
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{holder}"))
            .map_err(Error::file("write the lock", &path))?;
        Ok(Attempt::Taken(Lock { _file: file }))
    }
}

/// Ignores the name of an earlier holder that has ended.
fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    let holder = Holder::parse(&text)?;
    let is_alive = signal::kill(Pid::from_raw(holder.pid), None) != Err(nix::errno::Errno::ESRCH);
    is_alive.then_some(holder)
}

impl Holder {
    fn parse(text: &str) -> Option<Self> {
        let (purpose, pid) = text.trim_end().split_once(' ')?;
        let purpose = match purpose {
            "server" => Purpose::Serving,
            "command" => Purpose::Command,
            _ => return None,
        };
        let pid = pid.parse().ok().filter(|pid| *pid > 0)?;
        Some(Self { pid, purpose })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let purpose = match self.purpose {
            Purpose::Serving => "server",
            Purpose::Command => "command",
        };
        write!(f, "{purpose} {}", self.pid)
    }
}
