//! Live CSV of few and of many rows against psql: the share of psql's time must not grow with the number of rows.

use crate::ROWS;
use crate::bench::Bench;
use crate::outcome::Outcome;
use crate::series::Series;
use crate::table::Line;
use crate::turns::Turns;

const ROUNDS: usize = 21;
const SIZES: [usize; 6] = [1, 10, 100, 1_000, 10_000, ROWS];

/// How much two medians may differ on a machine that is not idle.
const TOLERANCE: f64 = 1.1;

struct Size {
    rows: usize,
    sql: String,
    path: String,
    psql: Turns,
    ours: Turns,
}

/// Measures all sizes in each round, so that other load on the machine affects them equally.
pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let sizes = SIZES.iter().map(|rows| Size::new(bench, *rows));
    let mut sizes: Vec<Size> = sizes.collect::<Outcome<_>>()?;
    for round in 0..=ROUNDS {
        for size in &mut sizes {
            size.psql.add(round, bench.copy(&size.sql)?);
            size.ours.add(round, bench.fetch(&size.path)?.1);
        }
    }
    let (fewest, more) = sizes.split_first().ok_or("there are no sizes")?;
    let target = (fewest.ratio().median() * TOLERANCE * 100.0).round() / 100.0;
    let mut lines = vec![fewest.line(Line::open)];
    lines.extend(more.iter().map(|size| {
        size.line(|what, ours, psql, ratio| Line::at_most(what, ours, psql, ratio, target))
    }));
    Ok(lines)
}

impl Size {
    fn new(bench: &Bench, rows: usize) -> Outcome<Self> {
        let sql = format!("SELECT * FROM orders ORDER BY id LIMIT {rows}");
        let clip = bench.server.create_clip(&format!("{rows} orders"), &sql)?;
        Ok(Self {
            rows,
            sql,
            path: format!("{clip}.csv"),
            psql: Turns::default(),
            ours: Turns::default(),
        })
    }

    fn ratio(&self) -> Series {
        self.ours.wall().by(&self.psql.wall())
    }

    fn line(&self, line: impl Fn(&str, String, String, &Series) -> Line) -> Line {
        let what = format!("live CSV, {} of Q's rows", self.rows);
        line(
            &what,
            self.ours.to_string(),
            self.psql.psql_summary(),
            &self.ratio(),
        )
    }
}
