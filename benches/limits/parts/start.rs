//! What the server needs before the first request: memory, time to start, space on disk.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::Bench;
use crate::outcome::{Outcome, go_on};
use crate::process;
use crate::series::Series;
use crate::server::PROGRAM;
use crate::table::Line;
use crate::wait_for;

const ROUNDS: usize = 5;
const IDLE: Duration = Duration::from_secs(10);

/// As the server passes them.
const SETTINGS: [&str; 5] = [
    "listen_addresses=",
    "port=5432",
    "shared_buffers=64MB",
    "wal_level=minimal",
    "max_wal_senders=0",
];

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    Ok(vec![idle(bench)?, start(bench)?, size()?])
}

fn idle(bench: &mut Bench) -> Outcome<Line> {
    bench.server.restart()?;
    let pid = bench.server.pid()?;
    let at_once = process::resident_mib(pid)?;
    sleep(IDLE);
    let later = process::resident_mib(pid)?;
    let result = format!(
        "{at_once:.1} MiB; after {} s {later:.1} MiB",
        IDLE.as_secs()
    );
    Ok(Line::alone(
        "idle memory of the server",
        result,
        at_once.max(later),
        30.0,
        "MiB",
    ))
}

fn start(bench: &mut Bench) -> Outcome<Line> {
    let (mut ours, mut postgresql) = (Series::default(), Series::default());
    for round in 0..=ROUNDS {
        go_on()?;
        bench.server.stop();
        let alone = start_postgresql(bench)?;
        let began = Instant::now();
        bench.server.boot()?;
        let whole = began.elapsed().as_secs_f64() * 1e3;
        if round > 0 {
            postgresql.push(alone);
            ours.push(whole);
        }
    }
    let beyond = ours.minus(&postgresql);
    let result = format!("{:.0} ms; beyond PostgreSQL's {beyond} ms", ours.median());
    let limit = format!("its PostgreSQL alone {:.0} ms", postgresql.median());
    let what = "start to the first response";
    Ok(Line::alone(what, result, beyond.median(), 1_000.0, "ms beyond").with_limit(limit))
}

/// The store's cluster by itself, on the same data: milliseconds until it accepts connections.
fn start_postgresql(bench: &Bench) -> Outcome<f64> {
    let home = fs::canonicalize(bench.server.data().join("postgresql"))?;
    let began = Instant::now();
    let mut alone = Alone(postgres(bench, &home).spawn()?);
    wait_for(|| responds(&bench.programs.path("pg_isready"), &home))?;
    let elapsed = began.elapsed().as_secs_f64() * 1e3;
    alone.stop()?;
    Ok(elapsed)
}

fn postgres(bench: &Bench, home: &Path) -> Command {
    let mut command = Command::new(bench.programs.path("postgres"));
    let cluster = home.join("cluster");
    if let Ok(owner) = fs::metadata(&cluster) {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command.arg("-D").arg(cluster);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    let run = home.join("run");
    command
        .arg("-c")
        .arg(format!("unix_socket_directories={}", run.display()));
    command
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn responds(pg_isready: &PathBuf, home: &Path) -> bool {
    let mut command = Command::new(pg_isready);
    command.arg("-q").arg("-h").arg(home.join("run"));
    command.status().is_ok_and(|status| status.success())
}

fn size() -> Outcome<Line> {
    let mib = fs::metadata(PROGRAM)?.len() as f64 / f64::from(1 << 20);
    Ok(Line::alone(
        "the program, stripped",
        format!("{mib:.1} MiB"),
        mib,
        40.0,
        "MiB",
    ))
}

/// Dropping it stops PostgreSQL.
struct Alone(Child);

impl Alone {
    fn stop(&mut self) -> Outcome<()> {
        // PostgreSQL's fast shutdown.
        kill(Pid::from_raw(i32::try_from(self.0.id())?), Signal::SIGINT)?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = self.stop();
        }
    }
}
