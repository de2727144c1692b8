//! One running PostgreSQL: starts it, waits for it, stops it, and restarts it when it dies.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::place::Place;
use super::program_files::ProgramFiles;
use super::programs::Programs;
use super::{Error, leftover, store_config};

/// Passed on the command line at each start, so that an older cluster gets the settings of a newer Dataclips.
const SETTINGS: [&str; 17] = [
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "ssl=off",
    "max_connections=100",
    "shared_buffers=64MB",
    // Parallel workers share memory in /dev/shm, which is tiny in containers.
    "max_parallel_workers_per_gather=0",
    "jit=off",
    // The log reuses the files that it has, so that a full disk does not stop it: see `cluster.sql`.
    "min_wal_size=128MB",
    "max_wal_size=128MB",
    // This cluster has no replicas.
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_logical_replication_workers=0",
    "timezone=UTC",
    "log_timezone=UTC",
    // LOG ranks above ERROR here: a visitor's failed query and its text do not belong in this log.
    "log_min_messages=log",
    "log_min_error_statement=panic",
];

/// A log larger than this is renamed at the next start, replacing the previous one.
const LOG_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// How long replaying the write-ahead log after a crash may take.
const READY_WITHIN: Duration = Duration::from_secs(300);

/// How long starts are retried after an unclean end, for example because shared memory is still in use.
const RETRY_WITHIN: Duration = Duration::from_secs(20);

const RETRY_PAUSE: Duration = Duration::from_millis(500);
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(25);

/// A running postmaster. Dropping it asks PostgreSQL to end, without waiting.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Which files its programs were when it started.
    files: ProgramFiles,
}

impl Server {
    /// Returns when it accepts connections. Cleans up first after an earlier one.
    pub async fn start(programs: &Programs, place: &Place) -> Result<Self, Error> {
        let deadline = Instant::now() + RETRY_WITHIN;
        loop {
            let ended_uncleanly = place.cluster().join("postmaster.pid").exists();
            leftover::clear(place).await?;
            match Self::attempt(programs, place).await {
                Err(error) if ended_uncleanly && Instant::now() < deadline => {
                    info!("PostgreSQL does not start yet, after an unclean end: {error}");
                    sleep(RETRY_PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Shuts down cleanly; open transactions are rolled back.
    pub async fn stop(mut self) {
        for (signal, patience) in leftover::ENDINGS {
            self.send(signal);
            if timeout(patience, self.child.wait()).await.is_ok() {
                return;
            }
            warn!(%signal, "PostgreSQL did not end within {} s", patience.as_secs());
        }
    }

    async fn attempt(programs: &Programs, place: &Place) -> Result<Self, Error> {
        let path = place.log();
        let log = open_log(&path).map_err(Error::file("open PostgreSQL's log", &path))?;
        let log_start = log.metadata().map_or(0, |metadata| metadata.len());
        let program = programs.path("postgres");
        let mut command = place.owner.command(&program, &place.home);
        command.arg("-D").arg(place.cluster());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let files = ProgramFiles::of(programs);
        let child = command
            .arg("-c")
            .arg(socket_setting(&place.run))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Error::file("run", &program))?;

        let mut server = Self { child, files };
        match server.wait_until_ready(place).await {
            Ok(()) => Ok(server),
            Err(cause) => Err(Error::NotStarted {
                cause,
                tail: tail(&path, log_start).unwrap_or_default(),
                log: path,
            }),
        }
    }

    async fn wait_until_ready(&mut self, place: &Place) -> Result<(), String> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if accepts_connections(place).await {
                return Ok(());
            }
            match timeout(POLL, self.child.wait()).await {
                Ok(Ok(status)) => return Err(status.to_string()),
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_still_running) => {}
            }
        }
        Err(format!("no connection within {} s", READY_WITHIN.as_secs()))
    }

    fn send(&self, signal: Signal) {
        // A child that was waited for no longer has an id, so no other process is ever signalled.
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = signal::kill(Pid::from_raw(pid), signal);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.send(Signal::SIGINT);
    }
}

/// Keeps PostgreSQL running until `stopping` is cancelled, then ends it.
pub async fn supervise(
    mut server: Server,
    programs: Programs,
    place: Place,
    stopping: CancellationToken,
) {
    loop {
        let ended = tokio::select! {
            () = stopping.cancelled() => return server.stop().await,
            status = server.child.wait() => Some(status),
            () = server.files.replaced(&programs) => None,
        };
        match ended {
            Some(status) => warn!("PostgreSQL ended ({}): starting it again", describe(status)),
            None => {
                warn!(
                    "PostgreSQL's programs were replaced, as by an upgrade: starting it again, since the running one cannot load the new libraries"
                );
                server.stop().await;
            }
        }
        let restarted = tokio::select! {
            () = stopping.cancelled() => None,
            restarted = restart(&programs, &place) => Some(restarted),
        };
        let Some(restarted) = restarted else {
            // A server that was still starting has been asked to end: wait for that.
            if let Err(error) = leftover::end(&place.cluster()).await {
                warn!("{error}");
            }
            return;
        };
        info!("PostgreSQL runs again");
        server = restarted;
    }
}

async fn restart(programs: &Programs, place: &Place) -> Server {
    let mut pause = RETRY_PAUSE;
    loop {
        match Server::start(programs, place).await {
            Ok(server) => return server,
            Err(error) => error!(pause_ms = pause.as_millis(), "{error}"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(RESTART_PAUSE_MAX);
    }
}

/// Whether PostgreSQL accepts connections at this place.
pub async fn accepts_connections(place: &Place) -> bool {
    let connecting = timeout(Duration::from_secs(5), store_config(place).connect(NoTls)).await;
    matches!(connecting, Ok(Ok(_)))
}

fn describe(status: io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// The setting is a list of directories; double quotes protect commas and spaces.
fn socket_setting(run: &Path) -> std::ffi::OsString {
    let mut setting = std::ffi::OsString::from("unix_socket_directories=\"");
    setting.push(run);
    setting.push("\"");
    setting
}

fn open_log(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOG_BYTES_MAX) {
        fs::rename(path, path.with_extension("log.old"))?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        // The directory is PostgreSQL's: as root we follow no link that it may have put there.
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

/// The end of what was written from this position on.
fn tail(path: &Path, start: u64) -> io::Result<String> {
    let mut log = File::open(path)?;
    let length = log.metadata()?.len();
    log.seek(SeekFrom::Start(start.max(length.saturating_sub(4096))))?;
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
