//! Small responses: pinned ones against nginx, live ones against pgbench and the build before.

use std::{fmt, fs};

use super::duel::{Duel, Pinned};
use crate::bench::Bench;
use crate::outcome::Outcome;
use crate::relay::Relay;
use crate::series::Series;
use crate::server::{CONNECTIONS, Server};
use crate::table::Line;
use crate::turns::Turn;
use crate::wrk::{Cores, Load, Wrk};
use crate::{Q10, curl};

const ROUNDS: usize = 9;
const SECONDS: u32 = 1;
const CLIENTS: [usize; 3] = [1, 16, 64];

const LIVE_ROUNDS: usize = 5;
const LIVE_SECONDS: u32 = 3;

/// Requests, one after the other, whose commands are counted; those before open the connection.
const COUNTED: usize = 20;
const UNCOUNTED: usize = 5;
/// The name of the database whose connections are counted.
const RELAYED: &str = "relayed";

pub fn measure_pinned(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let clip = bench.server.create_clip("Ten orders, pinned", Q10)?;
    bench.server.pin(&clip)?;
    let path = format!("{clip}.json");
    bench.nginx.serve_response_of(&bench.server, &path)?;
    let pinned = Pinned::apart(bench)?;
    let mut lines = Vec::new();
    for clients in CLIENTS {
        let duel = Duel::measure(bench, &path, clients, SECONDS, ROUNDS)?;
        let what = format!("pinned 10-row JSON, {clients} keep-alive");
        lines.push(duel.requests_line(&what, 0.8));
        lines.push(duel.p99_line(&format!("{what}: p99"), 1.5));
    }
    drop(pinned);
    Ok(lines)
}

pub fn measure_live(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let script = bench.path("q10.sql");
    fs::write(&script, format!("{Q10};\n"))?;
    let paths = bench.servers().into_iter().map(create_clips);
    let paths: Vec<Vec<String>> = paths.collect::<Outcome<_>>()?;
    // One thread per connection, so that each uses a clip of its own.
    let wrk = Wrk {
        script: bench.wrk_script(),
        cores: Cores::All,
        threads: CONNECTIONS,
        connections: CONNECTIONS,
        seconds: LIVE_SECONDS,
    };
    let mut pgbench = Series::default();
    let mut loads = vec![Loads::default(); paths.len()];
    for (server, paths) in bench.servers().into_iter().zip(&paths) {
        wrk.load(&server.url, paths)?;
    }
    for round in 0..LIVE_ROUNDS {
        pgbench.push(bench.cluster.pgbench(&script, CONNECTIONS, LIVE_SECONDS)?);
        for number in bench.order(round) {
            let server = bench.servers()[number];
            let (load, turn) =
                bench.measure_at(server, || wrk.load(&server.url, &paths[number]))?;
            loads[number].add(load, turn);
        }
    }
    let (ours, others) = loads.split_first().ok_or("there is no server")?;
    let what = format!("live 10-row JSON, {CONNECTIONS} clients, a clip each");
    let limit = format!("pgbench {:.0} queries/s", pgbench.median());
    let ratio = ours.requests_per_second.by(&pgbench);
    let mut lines = vec![Line::at_least(&what, ours.to_string(), limit, &ratio, 0.4)];
    lines.extend(others.iter().map(|before| {
        let what = format!("{what}: against the build before");
        let limit = format!("before: {before}");
        let ratio = ours.requests_per_second.by(&before.requests_per_second);
        Line::at_least(&what, ours.to_string(), limit, &ratio, 1.8)
    }));
    lines.push(count(bench)?);
    Ok(lines)
}

/// What one run asks of the queried PostgreSQL.
fn count(bench: &Bench) -> Outcome<Line> {
    let counts = bench.servers().into_iter();
    let counts = counts.map(|server| count_run(bench, server));
    let counts: Vec<String> = counts.collect::<Outcome<_>>()?;
    let (ours, others) = counts.split_first().ok_or("there is no server")?;
    let line = Line::noted(
        "live 10-row JSON: what a run asks of PostgreSQL",
        ours.clone(),
    );
    let before = others.iter().map(|counts| format!("before: {counts}"));
    Ok(line.with_limit(before.collect()))
}

fn count_run(bench: &Bench, server: &Server) -> Outcome<String> {
    let relay = Relay::start(&bench.runtime, bench.cluster.port())?;
    server.add_database(RELAYED, &bench.cluster.url_through(relay.port))?;
    let clip = server.create_clip_on(RELAYED, "Ten orders, counted", Q10)?;
    let path = format!("{clip}.json");
    for _ in 0..UNCOUNTED {
        bench.fetch_from(server, &path)?;
    }
    let before = relay.counts();
    for _ in 0..COUNTED {
        bench.fetch_from(server, &path)?;
    }
    let counts = relay.counts() - before;
    let each = |number: usize| number as f64 / COUNTED as f64;
    Ok(format!(
        "commands: {}; round trips: {}",
        each(counts.commands),
        each(counts.round_trips)
    ))
}

/// One for each client, which has run once.
fn create_clips(server: &Server) -> Outcome<Vec<String>> {
    let paths = (1..=CONNECTIONS).map(|number| {
        let clip = server.create_clip(&format!("Ten orders {number}"), Q10)?;
        let path = format!("{clip}.json");
        curl::fetch(&format!("{}{path}", server.url))?;
        Ok(path)
    });
    paths.collect()
}

/// The loads of one server, round by round.
#[derive(Clone, Default)]
struct Loads {
    requests_per_second: Series,
    server_us: Series,
    store_us: Series,
    postgresql_us: Series,
}

impl Loads {
    fn add(&mut self, load: Load, turn: Turn) {
        let each_us = |ms: f64| ms * 1e3 / load.requests;
        self.requests_per_second.push(load.requests_per_second);
        self.server_us.push(each_us(turn.server_ms));
        self.store_us.push(each_us(turn.store_ms));
        self.postgresql_us.push(each_us(turn.postgresql_ms));
    }
}

impl fmt::Display for Loads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:.0} requests/s; CPU {:.0} + {:.0} + {:.0} µs a request",
            self.requests_per_second.median(),
            self.server_us.mean(),
            self.store_us.mean(),
            self.postgresql_us.mean(),
        )
    }
}
