//! The page of Q in Chromium: how much later than the CSV its first byte arrives, and how soon after its last byte it
//! is painted.

use crate::Q;
use crate::bench::Bench;
use crate::browser::Browser;
use crate::outcome::{Outcome, go_on};
use crate::series::Series;
use crate::table::Line;

const ROUNDS: usize = 7;

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let clip = bench.server.create_clip("Orders, shown", Q)?;
    let url = format!("{}{clip}", bench.server.url);
    let browser = Browser::start(&bench.runtime, bench.path("browser"))?;
    let (mut csv, mut first_byte, mut paint) =
        (Series::default(), Series::default(), Series::default());
    for round in 0..=ROUNDS {
        go_on()?;
        let turn = bench.fetch(&format!("{clip}.csv"))?.1;
        let visit = bench.measure(|| browser.visit(&url))?.0;
        if round > 0 {
            csv.push(turn.wall_ms);
            first_byte.push(visit.first_byte_ms);
            paint.push(visit.paint_after_response_ms);
        }
    }
    let later = first_byte.minus(&csv);
    let ours = format!("{:.0} ms; later by {later} ms", first_byte.median());
    let limit = format!("live CSV {:.0} ms", csv.median());
    Ok(vec![
        Line::alone(
            "page of Q: first byte",
            ours,
            later.median(),
            50.0,
            "ms later",
        )
        .with_limit(limit),
        Line::alone(
            "page of Q: rows painted after its last byte",
            format!("{paint} ms"),
            paint.median(),
            300.0,
            "ms",
        ),
    ])
}
