//! A stored result of Q against nginx with the same bytes: a single request as a whole process, and under load.

use super::duel::{Duel, Pinned};
use crate::Q;
use crate::bench::Bench;
use crate::curl;
use crate::outcome::Outcome;
use crate::table::Line;
use crate::turns::Turns;

const ROUNDS: usize = 11;
const LOAD_ROUNDS: usize = 3;
const LOAD_SECONDS: u32 = 2;
const CONNECTIONS: [usize; 2] = [1, 16];

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let clip = bench.server.create_clip("Orders, pinned", Q)?;
    bench.server.pin(&clip)?;
    let paths = ["csv", "json"].map(|format| (format.to_uppercase(), format!("{clip}.{format}")));
    let mut lines = Vec::new();
    for (format, path) in &paths {
        bench.nginx.serve_response_of(&bench.server, path)?;
        lines.push(one_by_one(bench, format, path)?);
    }
    let pinned = Pinned::apart(bench)?;
    for (format, path) in &paths {
        for connections in CONNECTIONS {
            let duel = Duel::measure(bench, path, connections, LOAD_SECONDS, LOAD_ROUNDS)?;
            lines.push(duel.bytes_line(
                &format!("stored {format} of Q, {connections} keep-alive"),
                0.9,
            ));
        }
    }
    drop(pinned);
    Ok(lines)
}

fn one_by_one(bench: &Bench, format: &str, path: &str) -> Outcome<Line> {
    let theirs = format!("{}{path}", bench.nginx.url);
    let (mut nginx, mut ours) = (Turns::default(), Turns::default());
    for round in 0..=ROUNDS {
        nginx.add(round, bench.measure(|| curl::fetch(&theirs))?.1);
        ours.add(round, bench.fetch(path)?.1);
    }
    let limit = format!("nginx {:.1} ms", nginx.wall().median());
    // A ratio of throughput, so the times are swapped.
    let ratio = nginx.wall().by(&ours.wall());
    let what = format!("stored {format} of Q, whole process");
    Ok(Line::at_least(&what, ours.to_string(), limit, &ratio, 0.9))
}
