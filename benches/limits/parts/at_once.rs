//! Many live exports of different clips at once: how much memory the server takes, and whether one fails.

use crate::ROWS;
use crate::bench::Bench;
use crate::curl;
use crate::outcome::{Outcome, go_on};
use crate::process;
use crate::series::Series;
use crate::table::Line;

const EXPORTS: usize = 16;
/// In the first pass the clips have never run before.
const PASSES: usize = 2;

/// Suffix, and the most MiB beyond those of the idle server.
const FORMATS: [(&str, f64); 3] = [("csv", 64.0), ("xlsx", 128.0), ("parquet", 128.0)];

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let lines = FORMATS
        .iter()
        .map(|(format, most)| exports(bench, format, *most));
    lines.collect()
}

fn exports(bench: &mut Bench, format: &str, most: f64) -> Outcome<Line> {
    bench.server.restart()?;
    let server = bench.server.pid()?;
    let idle = process::resident_mib(server)?;
    let urls = (0..EXPORTS).map(|number| {
        let first = number * ROWS;
        let sql = format!("SELECT * FROM orders WHERE id > {first} ORDER BY id LIMIT {ROWS}");
        let clip = bench
            .server
            .create_clip(&format!("Orders from {first}"), &sql)?;
        Ok(format!("{}{clip}.{format}", bench.server.url))
    });
    let urls: Vec<String> = urls.collect::<Outcome<_>>()?;

    let mut wall = Series::default();
    let mut peak = Series::default();
    let mut responses = Vec::new();
    for _ in 0..PASSES {
        let (ended, turn) = bench.measure(|| curl::fetch_at_once(&urls))?;
        wall.push(turn.wall_ms);
        peak.push(turn.peak_mib);
        responses.push(ended);
    }
    let failed = failures(&urls, &responses)?;
    let what = format!(
        "{EXPORTS} live {} at once, of Q's size",
        format.to_uppercase()
    );
    let ours = format!(
        "peak {:.0} MiB, of them idle {idle:.0}; {:.1} s, then {:.1} s; {failed} of {} failed",
        peak.most(),
        wall.most() / 1e3,
        wall.least() / 1e3,
        EXPORTS * PASSES
    );
    let beyond = match failed {
        0 => peak.most() - idle,
        _ => f64::INFINITY,
    };
    Ok(Line::alone(
        &what,
        ours,
        beyond,
        most,
        "MiB beyond idle, none failed",
    ))
}

/// Each response must be as long as that of the same export alone.
fn failures(urls: &[String], passes: &[Vec<Outcome<curl::Response>>]) -> Outcome<usize> {
    let mut failed = 0;
    for (number, url) in urls.iter().enumerate() {
        go_on()?;
        let alone = curl::fetch(url)?.bytes;
        let at_once = passes.iter().filter_map(|responses| responses.get(number));
        failed += at_once
            .filter(|response| {
                !response
                    .as_ref()
                    .is_ok_and(|response| response.bytes == alone)
            })
            .count();
    }
    Ok(failed)
}
