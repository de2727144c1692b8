//! How a database and its largest tables grow, by its daily looks: a chart that needs no script, and a table.

use jiff::{SignedDuration, Timestamp};

use crate::model::HealthLook;
use crate::web::page::in_words;

/// The database and its largest tables, each with a line. All of them are in the table.
const LINES_MAX: usize = 5;
/// The chart's own units, in both directions.
const EDGE: f64 = 1_000.0;
const STEPS: u64 = 4;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A look may be missing, or late.
const SLACK: SignedDuration = SignedDuration::from_hours(36);

pub struct Growth {
    pub lines: Vec<Line>,
    /// From the top down, at equal distances.
    pub sizes: Vec<String>,
    pub first: Timestamp,
    pub last: Timestamp,
    pub rows: Vec<Row>,
}

/// Of the database, or of a table.
pub struct Line {
    /// From 1: its colour.
    pub number: usize,
    /// For the attribute `d` of an SVG path.
    pub path: String,
}

pub struct Row {
    /// That of its line, if it has one.
    pub line: Option<usize>,
    /// `None` for the whole database.
    pub table: Option<String>,
    pub size: String,
    /// In 7 and in 30 days. `None` where no look was made then.
    pub changes: [Option<String>; 2],
}

impl Growth {
    /// `None` before the first look that succeeded.
    pub fn new(looks: &[HealthLook]) -> Option<Self> {
        let looks: Vec<_> = looks
            .iter()
            .filter(|look| look.found.failure.is_none())
            .collect();
        let (first, last) = (looks.first()?.at, looks.last()?.at);
        let tables = looks.last()?.found.tables.iter();
        let all = tables.map(|table| Some(table.name.as_str()));
        let series: Vec<Series> = std::iter::once(None)
            .chain(all)
            .filter_map(|table| Series::read(&looks, table))
            .collect();
        let largest = series.iter().flat_map(|series| &series.points);
        let step = step(largest.map(|(_, bytes)| *bytes).max()?);
        let place = |(at, bytes): &(Timestamp, i64)| {
            let span = last.duration_since(first).as_secs_f64();
            let x = match at.duration_since(first).as_secs_f64() / span {
                share if share.is_finite() => share * EDGE,
                _ => EDGE,
            };
            (x, EDGE - *bytes as f64 / (step * STEPS) as f64 * EDGE)
        };
        let lines = series.iter().take(LINES_MAX).enumerate();
        let lines = lines.map(|(index, series)| Line {
            number: index + 1,
            path: path(series.points.iter().map(place)),
        });
        let rows = series.iter().enumerate();
        let rows = rows.map(|(index, series)| series.row(last, index));
        Some(Self {
            lines: lines.collect(),
            sizes: (0..=STEPS)
                .rev()
                .map(|steps| at_axis(steps * step))
                .collect(),
            first,
            last,
            rows: rows.collect(),
        })
    }
}

/// The sizes of the database, or of a table, at the looks that know them.
struct Series<'a> {
    table: Option<&'a str>,
    points: Vec<(Timestamp, i64)>,
    newest: i64,
}

impl<'a> Series<'a> {
    /// `None` where the newest size is not known.
    fn read(looks: &[&HealthLook], table: Option<&'a str>) -> Option<Self> {
        let of = |look: &HealthLook| match table {
            None => look.found.size_bytes,
            Some(name) => {
                let mut tables = look.found.tables.iter();
                Some(tables.find(|table| table.name == name)?.bytes)
            }
        };
        let points = looks.iter().filter_map(|look| Some((look.at, of(look)?)));
        Some(Self {
            table,
            points: points.collect(),
            newest: of(looks.last()?)?,
        })
    }

    fn row(&self, last: Timestamp, index: usize) -> Row {
        Row {
            line: (index < LINES_MAX).then_some(index + 1),
            table: self.table.map(str::to_owned),
            size: size(self.newest),
            changes: [7, 30].map(|days| {
                let then = self.at(last - DAY * days)?;
                Some(change(then, self.newest))
            }),
        }
    }

    /// As the nearest look saw it.
    fn at(&self, moment: Timestamp) -> Option<i64> {
        let distance = |at: &Timestamp| moment.duration_since(*at).abs();
        let points = self.points.iter();
        let near = points.filter(|(at, _)| distance(at) <= SLACK);
        let nearest = near.min_by_key(|(at, _)| distance(at))?;
        Some(nearest.1)
    }
}

/// One place alone is a dot.
fn path(mut places: impl Iterator<Item = (f64, f64)>) -> String {
    let Some((x, y)) = places.next() else {
        return String::new();
    };
    let rest = places.map(|(x, y)| format!("L{x:.1} {y:.1}"));
    let rest: String = rest.collect();
    match rest.is_empty() {
        true => format!("M{x:.1} {y:.1}h0"),
        false => format!("M{x:.1} {y:.1}{rest}"),
    }
}

/// The distance between two lines of the grid: a power of two, so that their sizes are round, and the largest is below the top.
fn step(largest: i64) -> u64 {
    let quarter = largest.unsigned_abs().div_ceil(STEPS);
    quarter.max(1 << 10).next_power_of_two()
}

/// `+1.2 GiB (+3.4 %)`
fn change(then: i64, now: i64) -> String {
    let difference = now - then;
    let sign = match difference {
        ..0 => "−",
        0 => return "0".to_owned(),
        1.. => "+",
    };
    let percent = match then {
        ..=0 => String::new(),
        1.. => {
            let percent = difference.unsigned_abs() as f64 * 100.0 / then as f64;
            format!(" ({sign}{percent:.1} %)")
        }
    };
    format!("{sign}{}{percent}", size(difference.saturating_abs()))
}

fn size(bytes: i64) -> String {
    at_axis(bytes.unsigned_abs())
}

fn at_axis(bytes: u64) -> String {
    match bytes {
        0 => "0".to_owned(),
        bytes => in_words::bytes(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LookFound, TableSize};

    fn look(days: i64, size_bytes: i64, tables: &[(&str, i64)]) -> HealthLook {
        let start: Timestamp = "2026-01-01T03:00:00Z".parse().unwrap();
        let tables = tables.iter().map(|(name, bytes)| TableSize {
            name: (*name).to_owned(),
            bytes: *bytes,
        });
        HealthLook {
            at: start + SignedDuration::from_hours(24 * days),
            found: LookFound {
                size_bytes: Some(size_bytes),
                tables: tables.collect(),
                ..LookFound::default()
            },
        }
    }

    const MIB: i64 = 1 << 20;

    #[test]
    fn growth_is_counted_from_the_look_that_is_nearest() {
        let looks = [
            look(0, 50 * MIB, &[("a", 10 * MIB)]),
            look(24, 80 * MIB, &[]),
            look(31, 100 * MIB, &[("a", 9 * MIB), ("b", MIB)]),
        ];
        let growth = Growth::new(&looks).unwrap();
        let rows: Vec<_> = growth
            .rows
            .iter()
            .map(|row| {
                let changes = row.changes.clone().map(Option::unwrap_or_default);
                (
                    row.table.as_deref().unwrap_or("all"),
                    row.size.as_str(),
                    changes,
                )
            })
            .collect();
        let texts = |week: &str, month: &str| [week.to_owned(), month.to_owned()];
        assert_eq!(
            rows,
            [
                (
                    "all",
                    "100.0 MiB",
                    texts("+20.0 MiB (+25.0 %)", "+50.0 MiB (+100.0 %)")
                ),
                ("a", "9.0 MiB", texts("", "−1.0 MiB (−10.0 %)")),
                ("b", "1.0 MiB", texts("", "")),
            ]
        );
        assert_eq!(
            growth.sizes,
            ["128.0 MiB", "96.0 MiB", "64.0 MiB", "32.0 MiB", "0"]
        );
        assert_eq!(growth.lines[0].path, "M0.0 609.4L774.2 375.0L1000.0 218.8");
        assert_eq!(growth.lines[2].path, "M1000.0 992.2h0");
    }

    #[test]
    fn one_look_is_a_dot_and_a_failed_one_nothing() {
        let growth = Growth::new(&[look(0, 0, &[])]).unwrap();
        assert_eq!(growth.lines[0].path, "M1000.0 1000.0h0");
        let mut failed = look(0, 1, &[]);
        failed.found.failure = Some("no".to_owned());
        assert!(Growth::new(&[failed]).is_none());
        assert!(Growth::new(&[]).is_none());
    }

    #[test]
    fn no_size_is_above_the_chart() {
        for bytes in [0, 1, 4_096, 4_097, 99 << 30, 7 << 50] {
            assert!(step(bytes) * STEPS >= bytes.unsigned_abs(), "{bytes}");
        }
        assert_eq!(step(i64::MAX), 1 << 61);
    }
}
