//! Compares the server with the limit of each thing it does: psql, nginx and pgbench, in turn, in the same minutes.
//!
//! `make bench`, or `cargo bench --bench limits`, prints one table in Markdown; `make bench ONLY=live` measures one part.
//! What it is doing goes to standard error. `docs/performance.md` says how the numbers come about.

mod bench;
mod browser;
mod cluster;
mod curl;
mod nginx;
mod outcome;
mod parts;
mod process;
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

/// Q: what a live export of the most rows costs.
const Q: &str = "SELECT * FROM orders ORDER BY id LIMIT 29999";
const ROWS: usize = 29_999;
/// A small answer.
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
    watch_for_the_end(&runtime)?;
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

/// Asked to end, the benchmark stops what it started first.
fn watch_for_the_end(runtime: &Runtime) -> Outcome<()> {
    let _entered = runtime.enter();
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ] {
        let mut asked = signal(kind)?;
        runtime.spawn(async move {
            asked.recv().await;
            outcome::interrupt();
        });
    }
    Ok(())
}

fn fail(failure: &dyn std::error::Error) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::FAILURE
}

/// Free a moment ago.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn wait_for(mut holds: impl FnMut() -> bool) -> Outcome<()> {
    let began = Instant::now();
    while !holds() {
        go_on()?;
        if began.elapsed() > WAIT {
            return Err(format!("waited {} s in vain", WAIT.as_secs()).into());
        }
        sleep(POLL);
    }
    Ok(())
}

/// Asks it to end, and waits until it has.
fn stop(child: &mut Child) {
    // A child that was not waited for keeps its number, so that this never reaches a stranger.
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
