//! A private PostgreSQL cluster for tests, removed when it is dropped or when the tests end.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::sys::statvfs::statvfs;
use nix::unistd::{Pid, User};
use tempfile::TempDir;
use tokio_postgres::Client;

use super::stopwatch;
use dataclips::postgres::{ConnectionUrl, Connector};

/// Files in memory, on Linux: creating a database takes a quarter of the time that it takes on a disk.
const MEMORY: &str = "/dev/shm";
/// Containers often have less than the clusters and browsers of a test process may need.
const MEMORY_BYTES_MIN: u128 = 3 << 30;

pub struct Cluster {
    directory: TempDir,
    programs: PathBuf,
    /// A shell that cleans up when this process ends, since that closes the shell's standard input.
    watcher: Option<Child>,
    pub port: u16,
}

impl Cluster {
    /// Creates the cluster; `boot` starts it. The superuser is `postgres`; local connections need no password.
    pub fn start(settings: &str) -> Self {
        Self::create(directory(), programs(), settings)
    }

    /// Of another version than the installed one. Its `bin`, `lib` and `share` are copied, since the user who runs the
    /// cluster may not be able to reach them where they are.
    pub fn start_with(programs: &Path, settings: &str) -> Self {
        let directory = directory();
        let copied = directory.path().join("programs");
        let copy = "cp -R \"$0\" \"$1\" && chmod -R a+rX \"$1\"";
        let mut command = Command::new("sh");
        command.args(["-c", copy]).arg(programs).arg(&copied);
        assert!(command.status().unwrap().success(), "{command:?} failed");
        Self::create(directory, copied.join("bin"), settings)
    }

    /// A hot standby of this cluster, which has not been started yet. It is to be started second.
    pub fn standby(&self, settings: &str) -> Self {
        let standby = Self::without_data(directory(), self.programs.clone());
        let mut copy = standby.command("cp");
        copy.args(["-R", &self.path("data"), &standby.path("data")]);
        assert!(copy.status().unwrap().success(), "{copy:?} failed");
        standby.configure(&format!("{}\n{settings}", self.primary_conninfo()));
        standby.write("data/standby.signal", "");
        standby
    }

    /// A follower of this cluster, which runs; made as administrators make one. `boot` starts it.
    pub fn follower(&self, settings: &str) -> Self {
        let follower = Self::without_data(directory(), self.programs.clone());
        let (data, host) = (
            follower.path("data"),
            self.directory.path().display().to_string(),
        );
        let port = self.port.to_string();
        let copy = [
            "-D",
            &data,
            "-h",
            &host,
            "-p",
            &port,
            "-U",
            "postgres",
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        ];
        self.run("pg_basebackup", &copy);
        follower.configure(&format!("{}\n{settings}", self.primary_conninfo()));
        follower
    }

    /// Makes a running follower follow another server.
    pub fn follow(&self, primary: &Self) {
        let path = self.path("data/postgresql.auto.conf");
        let settings = fs::read_to_string(&path).unwrap();
        // The last line with a setting holds.
        fs::write(
            &path,
            format!("{settings}\n{}\n", primary.primary_conninfo()),
        )
        .unwrap();
        self.restart("fast");
    }

    fn primary_conninfo(&self) -> String {
        let host = self.directory.path().display();
        let port = self.port;
        format!("primary_conninfo='host={host} port={port} user=postgres'")
    }

    /// Stops it as an administrator does, or kills it: `fast` or `immediate`.
    pub fn stop(&self, how: &str) {
        self.run(
            "pg_ctl",
            &["stop", "-w", "-m", how, "-D", &self.path("data")],
        );
    }

    /// Makes a follower a primary.
    pub fn promote(&self) {
        self.run("pg_ctl", &["promote", "-w", "-D", &self.path("data")]);
    }

    /// Sends a signal to all of its processes, so that nothing of it answers, or that it goes on.
    pub fn signal(&self, signal: Signal) {
        let file = fs::read_to_string(self.path("data/postmaster.pid")).unwrap();
        let postmaster: i32 = file.lines().next().unwrap().parse().unwrap();
        // Those that it starts meanwhile would be missed, so it is stopped first.
        kill(Pid::from_raw(postmaster), signal).unwrap();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(status) = fs::read_to_string(process.path().join("stat")) else {
                continue;
            };
            // `17 (postgres) S 1`: the name may have spaces.
            let behind = status.rsplit_once(')').map(|(_, behind)| behind);
            let parent = behind.and_then(|behind| behind.split_whitespace().nth(1));
            if parent == Some(&*postmaster.to_string()) {
                let process = process.file_name().into_string().unwrap();
                // It may have ended.
                let _ = kill(Pid::from_raw(process.parse().unwrap()), signal);
            }
        }
    }

    fn create(directory: TempDir, programs: PathBuf, settings: &str) -> Self {
        let cluster = Self::without_data(directory, programs);
        cluster.create_data();
        cluster.configure(settings);
        cluster
    }

    fn without_data(directory: TempDir, programs: PathBuf) -> Self {
        stopwatch::start();
        let cluster = Self {
            programs,
            port: free_port(),
            watcher: None,
            directory,
        };
        hand_over(cluster.directory.path());
        cluster
    }

    fn create_data(&self) {
        let data = self.path("data");
        self.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "-N",
                // As PostgreSQL 18 does by itself.
                "-k",
                "--locale=C",
            ],
        );
    }

    fn configure(&self, settings: &str) {
        let settings = format!(
            "unix_socket_directories='{}'\nlisten_addresses='localhost'\nport={}\nfsync=off\nmax_wal_size=256MB\npassword_encryption=scram-sha-256\n{settings}\n",
            self.directory.path().display(),
            self.port
        );
        fs::write(self.path("data/postgresql.auto.conf"), settings).unwrap();
    }

    /// Writes a file that only the user who runs the cluster may read; returns its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        write(&path, text);
        path.display().to_string()
    }

    pub fn boot(self) -> Self {
        self.run(
            "pg_ctl",
            &[
                "start",
                "-w",
                "-D",
                &self.path("data"),
                "-l",
                &self.path("log"),
            ],
        );
        self
    }

    /// `how` is a mode of `pg_ctl -m`: `fast` or `immediate`.
    pub fn restart(&self, how: &str) {
        let (data, log) = (self.path("data"), self.path("log"));
        self.run(
            "pg_ctl",
            &["restart", "-w", "-m", how, "-D", &data, "-l", &log],
        );
    }

    /// For a cluster that is never dropped: it is removed when this process ends, even if it is killed.
    pub fn leave_with_process(mut self) -> Self {
        let script = "read _; \"$0\" stop -m immediate -D \"$1/data\"; rm -rf \"$1\"";
        let mut command = self.command("sh");
        command
            .args(["-c", script])
            .arg(self.programs.join("pg_ctl"))
            .arg(self.directory.path());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.watcher = Some(command.process_group(0).spawn().unwrap());
        self
    }

    pub fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    pub fn socket_url(&self, user: &str, database: &str) -> String {
        let directory = self
            .directory
            .path()
            .display()
            .to_string()
            .replace('/', "%2F");
        format!("postgresql://{user}@{directory}:{}/{database}", self.port)
    }

    pub fn host_url(&self, user: &str, host: &str, database: &str) -> String {
        format!("postgresql://{user}@{host}:{}/{database}", self.port)
    }

    pub async fn connect(&self, user: &str, database: &str) -> Client {
        connect(&self.socket_url(user, database)).await.unwrap()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        assert!(self.succeeds(program, arguments), "{program} failed");
    }

    fn succeeds(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = self.command(self.programs.join(program));
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.status().unwrap().success()
    }

    /// A command as the cluster's owner.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        command(program, self.directory.path())
    }
}

impl Cluster {
    fn has_processes(&self) -> bool {
        Path::new(&self.path("data/postmaster.pid")).exists()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.path("data");
        let is_stopped = self.succeeds("pg_ctl", &["stop", "-m", "immediate", "-D", &data]);
        // A cluster that could not be made has told so already.
        assert!(
            is_stopped || !self.has_processes() || thread::panicking(),
            "pg_ctl failed"
        );
    }
}

pub async fn connect(url: &str) -> Result<Client, dataclips::run::Failure> {
    let connector = Connector::new(&ConnectionUrl::parse(url).unwrap()).unwrap();
    let (client, driver) = connector.sign_in("").await?.into_client();
    driver.detach();
    Ok(client)
}

/// A command in this directory, as the user who may run PostgreSQL.
pub fn command(program: impl AsRef<OsStr>, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env_remove("PGHOST")
        .env_remove("PGPORT");
    if let Some(owner) = owner() {
        command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
    }
    command
}

/// Writes a file that only the user who runs PostgreSQL may read.
pub fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    hand_over(path);
}

/// To the user who runs PostgreSQL.
pub fn hand_over(path: &Path) {
    if let Some(owner) = owner() {
        chown(path, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())).unwrap();
    }
}

/// Another one, where we are root, as whom it refuses to run.
fn owner() -> Option<User> {
    let is_root = nix::unistd::geteuid().is_root();
    is_root.then(|| User::from_name("postgres").unwrap().unwrap())
}

/// A new directory for temporary files of a test process, in memory where there is room.
pub fn directory() -> TempDir {
    let has_room = statvfs(MEMORY).is_ok_and(|memory| {
        let blocks = u128::from(memory.blocks_available());
        blocks * u128::from(memory.fragment_size()) >= MEMORY_BYTES_MIN
    });
    let made = match has_room {
        true => tempfile::tempdir_in(MEMORY),
        false => tempfile::tempdir(),
    };
    made.unwrap()
}

/// PostgreSQL's own.
pub fn programs() -> PathBuf {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut places = installed.map(|entry| entry.path().join("bin")).chain(asked);
    let found = places.find(|place| place.join("initdb").exists());
    found.expect("PostgreSQL's server programs are installed")
}

/// A port that was free a moment ago; nothing else on a test machine takes ports at random.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
