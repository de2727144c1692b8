//! Live CSV of few and of many rows against psql: the share of its time must not grow with the rows.

use crate::ROWS;
use crate::bench::Bench;
use crate::outcome::Outcome;
use crate::series::Series;
use crate::table::Line;
use crate::turns::Turns;

const ROUNDS: usize = 11;
const SIZES: [usize; 6] = [1, 10, 100, 1_000, 10_000, ROWS];

/// What two medians differ by on a machine that does other things too.
const TOLERANCE: f64 = 1.1;

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let mut lines = Vec::new();
    let mut fewest = None;
    for rows in SIZES {
        let (psql, ours) = rounds(bench, rows)?;
        let ratio = ours.wall().by(&psql.wall());
        let what = format!("live CSV, {rows} of Q's rows");
        lines.push(match fewest {
            None => Line::open(&what, ours.to_string(), psql.of_psql(), &ratio),
            Some(target) => Line::at_most(&what, ours.to_string(), psql.of_psql(), &ratio, target),
        });
        fewest = fewest.or(Some(target(&ratio)));
    }
    Ok(lines)
}

fn rounds(bench: &Bench, rows: usize) -> Outcome<(Turns, Turns)> {
    let sql = format!("SELECT * FROM orders ORDER BY id LIMIT {rows}");
    let clip = bench.server.create_clip(&format!("{rows} orders"), &sql)?;
    let (mut psql, mut ours) = (Turns::default(), Turns::default());
    for round in 0..=ROUNDS {
        psql.add(round, bench.copy(&sql)?);
        ours.add(round, bench.fetch(&format!("{clip}.csv"))?.1);
    }
    Ok((psql, ours))
}

fn target(ratio: &Series) -> f64 {
    (ratio.median() * TOLERANCE * 100.0).round() / 100.0
}
