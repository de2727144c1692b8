//! The private cluster: its first start, all kinds of damage, and which role may connect to what.

#[path = "suite/support/stopwatch.rs"]
mod stopwatch;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dataclips::embedded::{Cluster, Error, Programs, sample};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls};

/// A data directory whose cluster was stopped cleanly, made once per run: tests work on copies of it.
static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();

#[tokio::test]
async fn a_cluster_that_was_half_made_is_made_anew_and_kept() {
    let data_dir = DataDir::empty();
    let mut server = data_dir.spawn_server();
    let half_made = data_dir.path().join("postgresql/cluster.unfinished/global");
    until("the cluster is half made", async || half_made.exists()).await;
    server.kill();

    let cluster = data_dir.start().await;
    assert!(cluster.is_new());
    let store = connect(&cluster.store()).await;
    store
        .batch_execute("create table kept (id integer)")
        .await
        .unwrap();
    cluster.stop().await;
    assert!(
        !data_dir.postmaster_pid_file().exists(),
        "the stop is clean"
    );

    let cluster = data_dir.start().await;
    assert!(!cluster.is_new());
    let store = connect(&cluster.store()).await;
    store.batch_execute("select from kept").await.unwrap();
    cluster.stop().await;
}

#[tokio::test]
async fn the_sample_is_the_same_every_time_and_its_clips_run() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    let sample = connect_to_sample(&cluster).await;
    let sql = "select count(*), min(emp_no), max(last_name) from employees";
    let row = sample.query_one(sql, &[]).await.unwrap();
    assert_eq!(
        (row.get(0), row.get(1), row.get(2)),
        (2373_i64, 10001_i32, "Šimek")
    );
    let row = sample
        .query_one("select count(*), sum(salary) from salaries", &[])
        .await
        .unwrap();
    assert_eq!((row.get(0), row.get(1)), (16755_i64, 1_192_672_025_i64));

    for clip in sample::CLIPS {
        let rows = sample.query(clip.sql, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error:?}", clip.title));
        assert!(rows.len() >= 5, "{}: {} rows", clip.title, rows.len());
    }
    cluster.stop().await;
}

#[tokio::test]
async fn the_write_ahead_log_has_files_in_reserve() {
    let data_dir = DataDir::with_cluster().await;
    let log = data_dir.path().join("postgresql/cluster/pg_wal");
    let files = fs::read_dir(log).unwrap().map(Result::unwrap);
    let segments = files.filter(|file| file.metadata().unwrap().is_file());
    // The one in use, and four in reserve.
    assert_eq!(segments.count(), 5);
}

#[tokio::test]
async fn each_role_can_connect_to_its_own_database_and_nobody_else_can() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    for database in ["dataclips", "sample", "postgres", "template1"] {
        for user in ["postgres", "dataclips", "dataclips_reader"] {
            let mut config = cluster.store();
            config.user(user).dbname(database);
            let gets_in = config.connect(NoTls).await.is_ok();
            let may = matches!(
                (user, database),
                ("dataclips", "dataclips") | ("dataclips_reader", "sample")
            );
            assert_eq!(gets_in, may, "{user} to {database}");
        }
    }
    cluster.stop().await;
}

#[tokio::test]
async fn the_reader_can_only_read() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    let sample = connect_to_sample(&cluster).await;
    let refused = [
        "insert into departments values ('d010', 'Gardening')",
        "update employees set last_name = 'x'",
        "delete from salaries",
        "truncate titles",
        "create table public.mine ()",
        "create temporary table mine ()",
        "create schema mine",
        "create database mine",
        "create role mine",
        "set role postgres",
        "set role dataclips",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
        "select lo_import('/etc/passwd')",
        "select pg_logical_emit_message(true, 'x', 'x')",
        "select pg_read_file('/etc/passwd')",
        "copy departments to program 'cat'",
        "set temp_file_limit = -1",
        "alter role dataclips_reader set temp_file_limit = -1",
    ];
    for sql in refused {
        let error = sample.batch_execute(sql).await.expect_err(sql);
        assert_eq!(
            error.code().map(|code| code.code()),
            Some("42501"),
            "{sql}: {error:?}"
        );
    }
    let row = sample.query_one("show temp_file_limit", &[]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "1GB");
    cluster.stop().await;
}

#[tokio::test]
async fn a_killed_postmaster_is_replaced() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    // A busy backend does not notice that its postmaster has ended.
    let busy = connect_to_sample(&cluster).await;
    let query = tokio::spawn(async move {
        let sql = "select count(*) from generate_series(1, 1000000000) a, generate_series(1, 1000000000) b";
        busy.batch_execute(sql).await
    });
    let store = connect(&cluster.store()).await;
    until("the query runs", async || {
        let sql = "select from pg_stat_activity where usename = 'dataclips_reader' and wait_event is null";
        !store.query(sql, &[]).await.unwrap().is_empty()
    })
    .await;

    kill(data_dir.postmaster(), Signal::SIGKILL).unwrap();
    let killed = Instant::now();
    assert!(query.await.unwrap().is_err());
    until("it answers again", async || {
        cluster.store().connect(NoTls).await.is_ok()
    })
    .await;
    assert!(
        killed.elapsed() < Duration::from_secs(10),
        "{:?}",
        killed.elapsed()
    );
    cluster.stop().await;
}

#[tokio::test]
async fn the_cluster_survives_a_killed_backend() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    let store = connect(&cluster.store()).await;
    let pid: i32 = store
        .query_one("select pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    until("the connection is cut", async || store.is_closed()).await;
    until("it answers again", async || {
        cluster.store().connect(NoTls).await.is_ok()
    })
    .await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_cluster_whose_server_was_killed_is_taken_over() {
    let data_dir = DataDir::with_cluster().await;
    let mut server = data_dir.start_in_another_process().await;
    let postmaster = data_dir.postmaster();
    server.kill();
    kill(postmaster, None).expect("PostgreSQL runs on");

    let cluster = data_dir.start().await;
    assert_ne!(data_dir.postmaster(), postmaster);
    connect(&cluster.store()).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_killed_server_and_a_killed_postgresql_are_recovered_from() {
    let data_dir = DataDir::with_cluster().await;
    let mut server = data_dir.start_in_another_process().await;
    let postmaster = data_dir.postmaster();
    server.kill();
    kill(postmaster, Signal::SIGKILL).unwrap();

    let cluster = data_dir.start().await;
    connect(&cluster.store()).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_dropped_cluster_ends_and_can_be_started_again() {
    let data_dir = DataDir::with_cluster().await;
    drop(data_dir.start().await);
    let cluster = data_dir.start().await;
    connect(&cluster.store()).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_reused_process_id_does_not_prevent_a_start() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    let text = fs::read_to_string(data_dir.postmaster_pid_file()).unwrap();
    cluster.stop().await;
    // Another process of the same user: this test's own. PostgreSQL itself recognises those of root.
    let stranger = text.replacen(
        text.lines().next().unwrap(),
        &std::process::id().to_string(),
        1,
    );
    fs::write(data_dir.postmaster_pid_file(), stranger).unwrap();

    let cluster = data_dir.start().await;
    connect(&cluster.store()).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_second_server_learns_which_process_runs() {
    let data_dir = DataDir::with_cluster().await;
    let cluster = data_dir.start().await;
    let error = Cluster::start(data_dir.path()).await.expect_err("refused");
    assert!(matches!(error, Error::ServerRuns { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    connect(&cluster.store()).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_command_joins_the_server_or_starts_on_its_own() {
    let data_dir = DataDir::with_cluster().await;
    let server = data_dir.start().await;
    let command = Cluster::attach_or_start(data_dir.path()).await.unwrap();
    connect(&command.store()).await;
    command.stop().await;
    connect(&server.store()).await;
    server.stop().await;

    let command = Cluster::attach_or_start(data_dir.path()).await.unwrap();
    connect(&command.store()).await;
    // A server that starts meanwhile waits for the command to end.
    let starting = tokio::spawn({
        let path = data_dir.path().to_owned();
        async move { Cluster::start(&path).await }
    });
    connect(&command.store()).await;
    command.stop().await;
    starting.await.unwrap().unwrap().stop().await;
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_a_short_one() {
    let data_dir = DataDir::with_cluster().await.moved_to(&"deep/".repeat(30));
    let cluster = data_dir.start().await;
    connect(&cluster.store()).await;
    connect_to_sample(&cluster).await;
    assert!(!cluster.sample_url().contains("deep"));
    let run = socket_directory(&cluster);
    cluster.stop().await;
    fs::remove_dir(run).unwrap();
}

#[tokio::test]
async fn the_cluster_is_elsewhere_if_the_postgres_user_cannot_reach_the_data_directory() {
    if !Uid::effective().is_root() {
        return;
    }
    let data_dir = DataDir::empty();
    fs::set_permissions(data_dir.root.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = data_dir.start().await;
    let home = cluster.home().to_owned();
    assert!(home.starts_with("/var/lib/dataclips"), "{}", home.display());
    connect_to_sample(&cluster).await;
    cluster.stop().await;

    // Reachable now, but the cluster stays where it is.
    fs::set_permissions(data_dir.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let cluster = data_dir.start().await;
    assert!(!cluster.is_new());
    assert_eq!(cluster.home(), home);
    let command = Cluster::attach_or_start(data_dir.path()).await.unwrap();
    connect(&command.store()).await;
    cluster.stop().await;

    // Under another name the data directory would lead to another place, an empty one.
    let moved = data_dir.root.path().join("moved");
    fs::rename(data_dir.path(), &moved).unwrap();
    let error = Cluster::start(&moved).await.expect_err("refused");
    assert!(matches!(error, Error::Moved { .. }), "{error}");
    fs::remove_dir_all(home).unwrap();
}

#[tokio::test]
async fn a_copied_data_directory_says_whose_it_has_to_be() {
    if !Uid::effective().is_root() {
        return;
    }
    let data_dir = DataDir::with_cluster().await;
    let home = data_dir.path().join("postgresql");
    chown("root", &home);
    let error = Cluster::start(data_dir.path()).await.expect_err("refused");
    let postgres = User::from_name("postgres").unwrap().unwrap();
    let sentence = error.to_string();
    for words in [
        "cluster belongs to root, but PostgreSQL runs as postgres".to_owned(),
        format!("Run `chown -R {} {}`", postgres.uid, home.display()),
    ] {
        assert!(sentence.contains(&words), "{sentence}");
    }
    chown(&postgres.uid.to_string(), &home);
    data_dir.start().await.stop().await;
}

fn chown(owner: &str, path: &Path) {
    let mut command = Command::new("chown");
    let status = command.arg("-R").arg(owner).arg(path).status().unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn programs_that_are_replaced_are_started_again() {
    let data_dir = DataDir::with_cluster().await;
    let programs = Programs::find().await.unwrap();
    let (postgres, linked) = (programs.path("postgres"), data_dir.root.path().join("bin"));
    fs::create_dir(&linked).unwrap();
    std::os::unix::fs::symlink(&postgres, linked.join("postgres")).unwrap();
    // The programs are where the real initdb is.
    write_script(&linked.join("initdb"), &programs.path("initdb"));
    let mut server = data_dir.spawn_server_with(&linked);
    data_dir.until_ready().await;
    let before = data_dir.postmaster();

    let upgraded = linked.join("postgres.new");
    write_script(&upgraded, &postgres);
    fs::rename(&upgraded, linked.join("postgres")).unwrap();
    until("another PostgreSQL runs", async || {
        let status = fs::read_to_string(data_dir.postmaster_pid_file()).unwrap_or_default();
        status.trim_end().ends_with("ready") && !status.starts_with(&format!("{before}\n"))
    })
    .await;
    server.stop();
}

/// A program that is another file, and does the same.
fn write_script(path: &Path, program: &Path) {
    fs::write(
        path,
        format!("#!/bin/sh\nexec {} \"$@\"\n", program.display()),
    )
    .unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_socket_directory_of_somebody_else_is_refused() {
    let data_dir = DataDir::with_cluster().await;
    let run = data_dir.path().join("postgresql/run");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Cluster::start(data_dir.path()).await.expect_err("refused");
    assert!(matches!(error, Error::UnsafeDirectory { .. }), "{error}");
}

#[tokio::test]
async fn the_programs_are_found() {
    let programs = Programs::find().await.unwrap();
    assert!(programs.version() >= 13);
    assert!(programs.path("postgres").exists());
}

/// A data directory in a temporary directory that other users may traverse.
struct DataDir {
    root: TempDir,
    path: PathBuf,
}

impl DataDir {
    fn empty() -> Self {
        stopwatch::start();
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = root.path().join("data");
        Self { root, path }
    }

    async fn with_cluster() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        let data_dir = Self::empty();
        copy(template, data_dir.path());
        data_dir
    }

    fn moved_to(mut self, below: &str) -> Self {
        let path = self.root.path().join(below);
        fs::create_dir_all(&path).unwrap();
        fs::rename(&self.path, path.join("data")).unwrap();
        self.path = path.join("data");
        self
    }

    fn path(&self) -> &Path {
        &self.path
    }

    async fn start(&self) -> Cluster {
        Cluster::start(&self.path)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn postmaster_pid_file(&self) -> PathBuf {
        self.path.join("postgresql/cluster/postmaster.pid")
    }

    fn postmaster(&self) -> Pid {
        let text = fs::read_to_string(self.postmaster_pid_file()).unwrap();
        Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
    }

    async fn start_in_another_process(&self) -> ServerProcess {
        let server = self.spawn_server();
        self.until_ready().await;
        server
    }

    async fn until_ready(&self) {
        until("the other process answers", async || {
            let status = fs::read_to_string(self.postmaster_pid_file()).unwrap_or_default();
            status.trim_end().ends_with("ready")
        })
        .await;
    }

    /// The real server, in a process of its own.
    fn spawn_server(&self) -> ServerProcess {
        ServerProcess(self.command().spawn().unwrap())
    }

    /// The same, with PostgreSQL's programs from this directory.
    fn spawn_server_with(&self, programs: &Path) -> ServerProcess {
        let path = format!("{}:/usr/bin:/bin", programs.display());
        ServerProcess(self.command().env("PATH", path).spawn().unwrap())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dataclips"));
        command
            .arg("serve")
            .arg("--listen=127.0.0.1:0")
            .arg("--data-dir")
            .arg(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// A server that ends with its test, with the PostgreSQL that it runs, also where the test fails.
struct ServerProcess(Child);

impl ServerProcess {
    /// Its PostgreSQL runs on.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        kill(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGTERM).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.has_ended() {
            if Instant::now() > deadline {
                return self.kill();
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.stop();
    }
}

/// In cargo's target directory, since nothing removes it after the last test.
async fn make_template() -> PathBuf {
    let template = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded");
    if template.exists() {
        fs::remove_dir_all(&template).unwrap();
    }
    let data_dir = DataDir::empty();
    data_dir.start().await.stop().await;
    copy(data_dir.path(), &template);
    template
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .unwrap();
    assert!(status.success());
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn connect_to_sample(cluster: &Cluster) -> Client {
    connect(&cluster.sample_url().parse().unwrap()).await
}

fn socket_directory(cluster: &Cluster) -> PathBuf {
    match &cluster.store().get_hosts()[0] {
        tokio_postgres::config::Host::Unix(path) => path.clone(),
        tokio_postgres::config::Host::Tcp(host) => panic!("{host}"),
    }
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
