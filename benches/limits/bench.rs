//! Everything that is measured or compared with, in one temporary directory; and how a turn is measured.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Instant;

use dataclips::embedded::Programs;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::cluster::Cluster;
use super::curl::{self, Response};
use super::nginx::Nginx;
use super::outcome::{Outcome, go_on, run};
use super::process;
use super::server::{PROGRAM, Server};
use super::turns::Turn;

const WRK_SCRIPT: &str = include_str!("requests.lua");

/// Fields are stopped in this order.
pub struct Bench {
    pub server: Server,
    /// An older build, which is idle unless it is its turn.
    before: Option<Server>,
    pub nginx: Nginx,
    pub cluster: Cluster,
    pub runtime: Runtime,
    pub programs: Programs,
    changes: Cell<usize>,
    directory: TempDir,
}

impl Bench {
    pub fn start(runtime: Runtime) -> Outcome<Self> {
        let directory = tempfile::tempdir()?;
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755))?;
        fs::write(directory.path().join("requests.lua"), WRK_SCRIPT)?;
        let programs = runtime.block_on(Programs::find())?;
        eprintln!("a PostgreSQL {} with a million orders", programs.version());
        let cluster = Cluster::start(programs.clone(), directory.path().join("postgresql"))?;
        cluster.load()?;
        go_on()?;
        eprintln!("our server, and nginx");
        let data = directory.path().join("data");
        let server = Server::start(PathBuf::from(PROGRAM), data, &cluster.url())?;
        let before = older_program()?.map(|program| {
            eprintln!("the build before: {}", program.display());
            let data = directory.path().join("data-before");
            Server::start(program, data, &cluster.url())
        });
        Ok(Self {
            before: before.transpose()?,
            nginx: Nginx::start(&directory.path().join("nginx"))?,
            server,
            cluster,
            runtime,
            programs,
            changes: Cell::new(0),
            directory,
        })
    }

    /// A path for the current part's own file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn wrk_script(&self) -> PathBuf {
        self.path("requests.lua")
    }

    /// Changes the data of Q.
    pub fn change(&self) -> Outcome<()> {
        self.changes.update(|changes| changes + 1);
        self.cluster.change(self.changes.get())
    }

    /// Ours, then the build before, if there is one.
    pub fn servers(&self) -> Vec<&Server> {
        [&self.server].into_iter().chain(&self.before).collect()
    }

    /// The numbers of [`servers`](Self::servers), in the other order every other round.
    pub fn order(&self, round: usize) -> Vec<usize> {
        let numbers = 0..self.servers().len();
        match round % 2 {
            0 => numbers.collect(),
            _ => numbers.rev().collect(),
        }
    }

    /// The limit of a live export, as a whole process.
    pub fn copy(&self, sql: &str) -> Outcome<Turn> {
        let mut psql = self.cluster.copy(sql);
        Ok(self.measure(|| run(&mut psql))?.1)
    }

    /// Our response, fetched by curl as a whole process.
    pub fn fetch(&self, path: &str) -> Outcome<(Response, Turn)> {
        self.fetch_from(&self.server, path)
    }

    /// The same of this server.
    pub fn fetch_from(&self, server: &Server, path: &str) -> Outcome<(Response, Turn)> {
        let url = format!("{}{path}", server.url);
        self.measure_at(server, || curl::fetch(&url))
    }

    /// Starts when everything is idle. Work that continues afterwards counts towards the CPU time, not the elapsed
    /// time.
    pub fn measure<T>(&self, work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Turn)> {
        self.measure_at(&self.server, work)
    }

    /// The same of this server.
    pub fn measure_at<T>(
        &self,
        server: &Server,
        work: impl FnOnce() -> Outcome<T>,
    ) -> Outcome<(T, Turn)> {
        go_on()?;
        let (server, cluster) = (server.pid()?, self.cluster.pid()?);
        process::settle(&[server, cluster]);
        process::forget_peak(server)?;
        let before = Cpu::now(server, cluster);
        let began = Instant::now();
        let done = work()?;
        let wall_ms = began.elapsed().as_secs_f64() * 1e3;
        process::settle(&[server, cluster]);
        let after = Cpu::now(server, cluster);
        let turn = Turn {
            wall_ms,
            server_ms: after.server_ms - before.server_ms,
            store_ms: after.store_ms - before.store_ms,
            postgresql_ms: after.postgresql_ms - before.postgresql_ms,
            peak_mib: process::peak_mib(server)?,
        };
        Ok((done, turn))
    }
}

/// The program to compare with, if `BEFORE` names one.
#[expect(
    clippy::disallowed_methods,
    reason = "a setting of the benchmark, not of the server"
)]
fn older_program() -> Outcome<Option<PathBuf>> {
    let Some(path) = std::env::var_os("BEFORE").filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let program = fs::canonicalize(&path)
        .map_err(|error| format!("BEFORE={}: {error}", path.to_string_lossy()))?;
    Ok(Some(program))
}

/// The CPU time of each so far.
struct Cpu {
    server_ms: f64,
    store_ms: f64,
    postgresql_ms: f64,
}

impl Cpu {
    fn now(server: u32, cluster: u32) -> Self {
        let children: Vec<u32> = process::tree(server).into_iter().skip(1).collect();
        Self {
            server_ms: process::cpu_ms(server),
            store_ms: process::family_cpu_ms(&children),
            postgresql_ms: process::family_cpu_ms(&process::tree(cluster)),
        }
    }
}
