//! Live exports of Q against psql: with unchanged data at each request, and with changed data at each.

use crate::Q;
use crate::bench::Bench;
use crate::outcome::Outcome;
use crate::table::Line;
use crate::turns::Turns;

const ROUNDS: usize = 11;

/// Suffix, and the target as a share of psql's time.
const FORMATS: [(&str, f64); 3] = [("csv", 0.9), ("json", 0.9), ("xlsx", 4.0)];

#[derive(Clone, Copy)]
enum Rows {
    Same,
    New,
}

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let clip = bench.server.create_clip("Orders", Q)?;
    let mut lines = Vec::new();
    for rows in [Rows::Same, Rows::New] {
        lines.extend(rounds(bench, &clip, rows)?);
    }
    Ok(lines)
}

fn rounds(bench: &mut Bench, clip: &str, rows: Rows) -> Outcome<Vec<Line>> {
    let mut psql = Turns::default();
    let mut ours: [Turns; FORMATS.len()] = Default::default();
    for round in 0..=ROUNDS {
        psql.add(round, bench.copy(Q)?);
        for ((format, _), turns) in FORMATS.iter().zip(&mut ours) {
            rows.prepare(bench)?;
            turns.add(round, bench.fetch(&format!("{clip}.{format}"))?.1);
        }
    }
    let lines = FORMATS.iter().zip(&ours).map(|((format, target), turns)| {
        let what = format!(
            "live {} of Q, {}",
            format.to_uppercase(),
            rows.description()
        );
        let ratio = turns.wall().by(&psql.wall());
        Line::at_most(
            &what,
            turns.to_string(),
            psql.psql_summary(),
            &ratio,
            *target,
        )
    });
    Ok(lines.collect())
}

impl Rows {
    /// Not timed.
    fn prepare(self, bench: &mut Bench) -> Outcome<()> {
        match self {
            Self::Same => Ok(()),
            Self::New => bench.change(),
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Same => "same data as before",
            Self::New => "changed data",
        }
    }
}
