//! Load from keep-alive connections, by wrk.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::outcome::{Outcome, read};

/// Which cores wrk may use.
#[derive(Clone, Copy)]
pub enum Cores {
    All,
    /// The server under load is pinned to another one.
    First,
}

pub struct Wrk {
    pub script: PathBuf,
    pub cores: Cores,
    pub threads: usize,
    pub connections: usize,
    pub seconds: u32,
}

/// The results of one load.
#[derive(Clone, Copy)]
pub struct Load {
    pub requests: f64,
    pub requests_per_second: f64,
    pub mib_per_second: f64,
    pub p99_ms: f64,
}

impl Wrk {
    /// One thread on the first core, with this many connections, for this long.
    pub fn pinned(script: &Path, connections: usize, seconds: u32) -> Self {
        Self {
            script: script.to_owned(),
            cores: Cores::First,
            threads: 1,
            connections,
            seconds,
        }
    }

    /// Every response must be successful. Each thread takes the next of the paths.
    pub fn load(&self, base: &str, paths: &[String]) -> Outcome<Load> {
        let first = paths.first().map_or("", String::as_str);
        let mut command = self.command();
        command
            .args(["-t", &self.threads.to_string()])
            .args(["-c", &self.connections.to_string()])
            .args(["-d", &format!("{}s", self.seconds)])
            .args(["--timeout", "30s", "-s"])
            .arg(&self.script)
            .arg(format!("{base}{first}"))
            .arg("--")
            .args(paths);
        parse(&read(&mut command)?)
    }

    fn command(&self) -> Command {
        match self.cores {
            Cores::All => Command::new("wrk"),
            Cores::First => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", "0", "wrk"]);
                command
            }
        }
    }
}

fn parse(output: &str) -> Outcome<Load> {
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("numbers "));
    let numbers = line.unwrap_or_default().split(' ').map(str::parse);
    let numbers: Vec<f64> = numbers.collect::<Result<_, _>>()?;
    let [requests, bytes, microseconds, p99_us, failed] = numbers[..] else {
        return Err(format!("wrk reports no numbers: {output}").into());
    };
    if failed > 0.0 {
        return Err(format!("{failed} of {requests} requests of wrk failed").into());
    }
    let seconds = microseconds / 1e6;
    Ok(Load {
        requests,
        requests_per_second: requests / seconds,
        mib_per_second: bytes / seconds / f64::from(1 << 20),
        p99_ms: p99_us / 1e3,
    })
}
