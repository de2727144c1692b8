//! Our server against nginx with the same bytes, alternating on one core, while wrk has the other.

use std::thread::available_parallelism;

use crate::bench::Bench;
use crate::outcome::Outcome;
use crate::process;
use crate::series::Series;
use crate::table::Line;
use crate::wrk::{Load, Wrk};

/// While this exists, the server, its store and nginx run on the second core only, and wrk on the first.
pub struct Pinned {
    roots: [u32; 2],
}

impl Pinned {
    pub fn apart(bench: &Bench) -> Outcome<Self> {
        let roots = [bench.server.pid()?, bench.nginx.pid()];
        for root in roots {
            process::pin(root, "1")?;
        }
        Ok(Self { roots })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let cores = available_parallelism().map_or(1, usize::from);
        for root in self.roots {
            if let Err(failure) = process::pin(root, &format!("0-{}", cores - 1)) {
                eprintln!("{failure}");
            }
        }
    }
}

/// The results of both, round by round.
pub struct Duel {
    ours: Vec<Load>,
    nginx: Vec<Load>,
}

impl Duel {
    pub fn measure(
        bench: &Bench,
        path: &str,
        connections: usize,
        seconds: u32,
        rounds: usize,
    ) -> Outcome<Self> {
        let load = |base: &str, seconds| {
            let paths = [path.to_owned()];
            Wrk::pinned(&bench.wrk_script(), connections, seconds).load(base, &paths)
        };
        load(&bench.server.url, 1)?;
        let mut duel = Self {
            ours: Vec::new(),
            nginx: Vec::new(),
        };
        for _ in 0..rounds {
            duel.nginx.push(load(&bench.nginx.url, seconds)?);
            duel.ours.push(load(&bench.server.url, seconds)?);
        }
        Ok(duel)
    }

    pub fn bytes_line(&self, what: &str, target: f64) -> Line {
        let (ours, nginx) = self.both(|load| load.mib_per_second);
        let text = |series: &Series| format!("{:.0} MiB/s", series.median());
        Line::at_least(what, text(&ours), text(&nginx), &ours.by(&nginx), target)
    }

    pub fn requests_line(&self, what: &str, target: f64) -> Line {
        let (ours, nginx) = self.both(|load| load.requests_per_second);
        let text = |series: &Series| format!("{:.0} requests/s", series.median());
        Line::at_least(what, text(&ours), text(&nginx), &ours.by(&nginx), target)
    }

    pub fn p99_line(&self, what: &str, target: f64) -> Line {
        let (ours, nginx) = self.both(|load| load.p99_ms);
        let text = |series: &Series| format!("{:.2} ms", series.median());
        Line::at_most(what, text(&ours), text(&nginx), &ours.by(&nginx), target)
    }

    fn both(&self, of: fn(&Load) -> f64) -> (Series, Series) {
        (
            self.ours.iter().map(of).collect(),
            self.nginx.iter().map(of).collect(),
        )
    }
}
