//! Compares the server with the limit of each thing it does: psql, nginx and pgbench, alternating with it within the
//! same minutes.
//!
//! `make bench`, or `cargo bench --bench limits`, prints one table in Markdown; `make bench ONLY=live` measures one
//! part; `BEFORE=/path/to/an/older/dataclips` compares with that build too. Progress goes to standard error.
//! `docs/performance.md` explains the numbers.

mod bench;
mod browser;
mod cluster;
mod curl;
mod nginx;
mod outcome;
mod parts;
mod process;
mod relay;
mod series;
mod server;
mod table;
mod turns;
mod wrk;

use std::net::TcpListener;
use std::process::{Child, ExitCode};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use bench::Bench;
use outcome::{Outcome, go_on};
use parts::Part;

/// Q: a live export of the most rows.
const Q: &str = "SELECT * FROM orders ORDER BY id LIMIT 29999";
const ROWS: usize = 29_999;
/// A small response.
const Q10: &str = "SELECT * FROM orders ORDER BY id LIMIT 10";

const WAIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);

fn main() -> ExitCode {
    // Cargo passes flags of its own.
    let names = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'));
    let parts = match parts::chosen(&names.collect::<Vec<_>>()) {
        Ok(parts) => parts,
        Err(failure) => return fail(&*failure),
    };
    match measure(&parts) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => fail(&*failure),
    }
}

/// Whether everything could be measured.
fn measure(parts: &[Part]) -> Outcome<bool> {
    let runtime = Runtime::new()?;
    handle_signals(&runtime)?;
    let mut bench = Bench::start(runtime)?;
    println!("{}\n", parts::machine(&bench)?);
    table::begin();
    let mut is_complete = true;
    for part in parts {
        go_on()?;
        eprintln!("{}: {}", part.name, part.what);
        is_complete &= table::print(part.name, (part.measure)(&mut bench));
    }
    Ok(is_complete)
}

/// On a signal, the benchmark first stops everything that it started.
fn handle_signals(runtime: &Runtime) -> Outcome<()> {
    let _entered = runtime.enter();
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ] {
        let mut signalled = signal(kind)?;
        runtime.spawn(async move {
            signalled.recv().await;
            outcome::interrupt();
        });
    }
    Ok(())
}

fn fail(failure: &dyn std::error::Error) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::FAILURE
}

/// Was free a moment ago.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn wait_for(mut holds: impl FnMut() -> bool) -> Outcome<()> {
    let began = Instant::now();
    while !holds() {
        go_on()?;
        if began.elapsed() > WAIT {
            return Err(format!("gave up after {} s", WAIT.as_secs()).into());
        }
        sleep(POLL);
    }
    Ok(())
}

/// Asks the process to end, and waits for it.
fn stop(child: &mut Child) {
    // A child that was not waited for keeps its id, so no other process is ever signalled.
    if let (Ok(None), Ok(pid)) = (child.try_wait(), i32::try_from(child.id())) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let began = Instant::now();
        while matches!(child.try_wait(), Ok(None)) && began.elapsed() < WAIT {
            sleep(POLL);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}
