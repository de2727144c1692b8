//! Small responses: pinned ones against nginx, live ones against pgbench and the build before.

use std::fs;

use super::duel::{Duel, Pinned};
use crate::bench::Bench;
use crate::outcome::{Outcome, go_on};
use crate::series::Series;
use crate::server::{CONNECTIONS, Server};
use crate::table::Line;
use crate::wrk::{Cores, Wrk};
use crate::{Q10, curl};

const ROUNDS: usize = 9;
const SECONDS: u32 = 1;
const CLIENTS: [usize; 3] = [1, 16, 64];

const LIVE_ROUNDS: usize = 5;
const LIVE_SECONDS: u32 = 3;

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
    let mut ours_and_before = vec![Series::default(); paths.len()];
    for (server, paths) in bench.servers().into_iter().zip(&paths) {
        wrk.load(&server.url, paths)?;
    }
    for round in 0..LIVE_ROUNDS {
        go_on()?;
        pgbench.push(bench.cluster.pgbench(&script, CONNECTIONS, LIVE_SECONDS)?);
        for number in bench.order(round) {
            let load = wrk.load(&bench.servers()[number].url, &paths[number])?;
            ours_and_before[number].push(load.requests_per_second);
        }
    }
    let (ours, others) = ours_and_before.split_first().ok_or("there is no server")?;
    let what = format!("live 10-row JSON, {CONNECTIONS} clients, a clip each");
    let result = format!("{:.0} requests/s", ours.median());
    let limit = format!("pgbench {:.0} queries/s", pgbench.median());
    let ratio = ours.by(&pgbench);
    let mut lines = vec![Line::at_least(&what, result.clone(), limit, &ratio, 0.4)];
    lines.extend(others.iter().map(|before| {
        let what = format!("{what}: against the build before");
        let limit = format!("before: {:.0} requests/s", before.median());
        Line::at_least(&what, result.clone(), limit, &ours.by(before), 1.8)
    }));
    Ok(lines)
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
