//! Live exports of Q against psql, and against the build before: with unchanged data at each request, and with changed
//! data at each.

use crate::Q;
use crate::bench::Bench;
use crate::outcome::Outcome;
use crate::table::Line;
use crate::turns::Turns;

const ROUNDS: usize = 11;

const FORMATS: [Format; 4] = [
    Format::new("csv", 0.9, 0.88),
    Format::new("json", 0.9, 0.88),
    Format::new("xlsx", 4.0, 2.0),
    Format::new("parquet", 1.3, 1.3),
];

struct Format {
    suffix: &'static str,
    /// The targets, as shares of psql's time.
    same_max: f64,
    changed_max: f64,
}

#[derive(Clone, Copy)]
enum Rows {
    Same,
    Changed,
}

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let clips = bench
        .servers()
        .into_iter()
        .map(|server| server.create_clip("Orders", Q));
    let clips: Vec<String> = clips.collect::<Outcome<_>>()?;
    let mut lines = Vec::new();
    for rows in [Rows::Same, Rows::Changed] {
        lines.extend(rounds(bench, &clips, rows)?);
    }
    Ok(lines)
}

fn rounds(bench: &Bench, clips: &[String], rows: Rows) -> Outcome<Vec<Line>> {
    let mut psql = Turns::default();
    let mut exports = FORMATS.map(|_| vec![Turns::default(); clips.len()]);
    for round in 0..=ROUNDS {
        psql.add(round, bench.copy(Q)?);
        for (format, turns) in FORMATS.iter().zip(&mut exports) {
            for number in bench.order(round) {
                rows.prepare(bench)?;
                let path = format!("{}.{}", clips[number], format.suffix);
                let turn = bench.fetch_from(bench.servers()[number], &path)?.1;
                turns[number].add(round, turn);
            }
        }
    }
    let lines = FORMATS.iter().zip(&exports);
    let lines = lines.flat_map(|(format, turns)| format.lines(rows, turns, &psql));
    Ok(lines.collect())
}

impl Format {
    const fn new(suffix: &'static str, same_max: f64, changed_max: f64) -> Self {
        Self {
            suffix,
            same_max,
            changed_max,
        }
    }

    /// Ours against psql, then against each other build.
    fn lines(&self, rows: Rows, turns: &[Turns], psql: &Turns) -> Vec<Line> {
        let Some((ours, others)) = turns.split_first() else {
            return Vec::new();
        };
        let what = format!(
            "live {} of Q, {}",
            self.suffix.to_uppercase(),
            rows.description()
        );
        let target = match rows {
            Rows::Same => self.same_max,
            Rows::Changed => self.changed_max,
        };
        let ratio = ours.wall().by(&psql.wall());
        let result = ours.to_string();
        let mut lines = vec![Line::at_most(
            &what,
            result,
            psql.psql_summary(),
            &ratio,
            target,
        )];
        lines.extend(others.iter().map(|before| {
            let ours_ms = format!("{:.1} ms", ours.wall().median());
            let ratio = ours.wall().by(&before.wall());
            Line::open(
                &format!("{what}: against the build before"),
                ours_ms,
                format!("before: {before}"),
                &ratio,
            )
        }));
        lines
    }
}

impl Rows {
    /// Not timed.
    fn prepare(self, bench: &Bench) -> Outcome<()> {
        match self {
            Self::Same => Ok(()),
            Self::Changed => bench.change(),
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Same => "same data as before",
            Self::Changed => "changed data",
        }
    }
}
