//! What an earlier server left behind on a cluster: a PostgreSQL that is still running, backends whose postmaster was
//! killed, or stale lock files that name an unrelated process.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::Error;
use super::place::Place;

/// The signals that end a postmaster, in order, and how long each may take: roll back and shut down, abort all
/// sessions, kill. A backend without a postmaster treats the first as a request to cancel its query; then it notices
/// that the postmaster is gone, and exits.
pub const ENDINGS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(30)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

const POLL: Duration = Duration::from_millis(50);

/// Prepares for a start: nothing runs on the cluster, and PostgreSQL's stale lock files are removed.
pub async fn clear(place: &Place) -> Result<(), Error> {
    end(&place.cluster()).await?;
    remove_stale_lock(&place.cluster().join("postmaster.pid"))?;
    remove_stale_lock(&place.socket_lock())
}

/// Ends every PostgreSQL process that still works in this directory. The caller holds the lock, so no running server
/// owns them.
pub async fn end(cluster: &Path) -> Result<(), Error> {
    for (signal, patience) in ENDINGS {
        let processes = processes(cluster);
        let Some(first) = processes.first() else {
            break;
        };
        warn!(
            pid = first.as_raw(),
            processes = processes.len(),
            %signal,
            "an earlier PostgreSQL still runs on {}: ending it",
            cluster.display()
        );
        for process in processes {
            // It may have ended by itself in the meantime.
            let _ = signal::kill(process, signal);
        }
        let deadline = Instant::now() + patience;
        while !self::processes(cluster).is_empty() && Instant::now() < deadline {
            sleep(POLL).await;
        }
    }
    if let Some(process) = processes(cluster).first() {
        return Err(Error::Leftover {
            cluster: cluster.to_owned(),
            pid: process.as_raw(),
        });
    }
    Ok(())
}

/// Process ids are reused, in containers immediately, and a killed process keeps its id until its parent waits for it.
/// PostgreSQL refuses to start if a lock file names a process that seems to be alive; for this cluster we know that
/// none is.
fn remove_stale_lock(lock_file: &Path) -> Result<(), Error> {
    let Some(pid) = named_pid(lock_file) else {
        return Ok(());
    };
    if signal::kill(pid, None) == Err(Errno::ESRCH) {
        return Ok(());
    }
    fs::remove_file(lock_file).map_err(Error::file("remove the stale", lock_file))
}

/// The process named in one of PostgreSQL's lock files.
fn named_pid(path: &Path) -> Option<Pid> {
    let text = fs::read_to_string(path).ok()?;
    let pid = text.lines().next()?.trim().parse().ok()?;
    Some(Pid::from_raw(pid)).filter(|pid| pid.as_raw() > 0)
}

/// PostgreSQL's processes whose working directory this is: all of them change to it when they start.
#[cfg(target_os = "linux")]
fn processes(cluster: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| {
            fs::read_link(entry.path().join("cwd")).is_ok_and(|directory| directory == cluster)
        })
        .filter(|entry| {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            matches!(name.trim_end(), "postgres" | "postmaster" | "initdb")
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(Pid::from_raw))
        .collect()
}

/// Without `/proc` only the postmaster can be found: through its own file, if it was started on this cluster.
#[cfg(not(target_os = "linux"))]
fn processes(cluster: &Path) -> Vec<Pid> {
    let Some(pid) = named_pid(&cluster.join("postmaster.pid")) else {
        return Vec::new();
    };
    let output = std::process::Command::new("ps")
        .args(["-o", "command=", "-p", &pid.to_string()])
        .output();
    let is_ours = output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains(&*cluster.to_string_lossy())
    });
    if is_ours { vec![pid] } else { Vec::new() }
}
