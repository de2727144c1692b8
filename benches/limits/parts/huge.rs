//! Huge cells and rows at the default settings: how much memory the server takes beyond that of an idle one. Each case
//! begins with a server that was just started, and each response has to be complete.

use crate::ROWS;
use crate::bench::Bench;
use crate::curl::{self, Response};
use crate::outcome::{Outcome, go_on};
use crate::process;
use crate::table::{self, Line};
use crate::turns::Turn;

/// MiB beyond idle.
const ONE_MAX: f64 = 96.0;
const ALL_MAX: f64 = 256.0;

const MB: u64 = 1_000_000;

/// Just below PostgreSQL's limit of columns in a query.
const COLUMNS: usize = 1_600;
/// In each of them: a checksum of 32 bytes, repeated.
const CHECKSUMS: usize = 1_875;
const WIDE_BYTES: u64 = (COLUMNS * CHECKSUMS * 32) as u64;

/// Workbooks are compressed, and their cells cut at Excel's limit.
const WORKBOOK_BYTES_MIN: u64 = 100_000;

/// Of one result, all encoded at once.
const ALL: [&str; 8] = [
    ".csv",
    ".tsv",
    ".json",
    ".json?shape=objects",
    ".ndjson",
    ".xml",
    ".xlsx",
    "/table",
];

struct Case {
    what: &'static str,
    sql: String,
    suffix: &'static str,
    rows: usize,
    /// As many as the values take, encoded.
    bytes_min: u64,
}

/// Of one case.
struct Memory {
    idle_mib: f64,
    turn: Turn,
}

pub fn measure(bench: &mut Bench) -> Outcome<Vec<Line>> {
    let mut lines = Vec::new();
    for case in cases() {
        lines.push(line(case.what, case.measure(bench), ONE_MAX));
    }
    let refused = measure_refusal(bench);
    lines.push(line("one cell of 500 MB, refused", refused, ONE_MAX));
    let what = "1,600 columns × 60 kB in one row, eight formats at once";
    lines.push(line(what, measure_all(bench), ALL_MAX));
    go_on()?;
    Ok(lines)
}

fn cases() -> [Case; 7] {
    [
        Case {
            what: "1,600 columns × 60 kB in one row, CSV",
            sql: wide_row(),
            suffix: ".csv",
            rows: 1,
            bytes_min: WIDE_BYTES,
        },
        Case {
            what: "1,600 columns × 60 kB in one row, JSON",
            sql: wide_row(),
            suffix: ".json",
            rows: 1,
            bytes_min: WIDE_BYTES,
        },
        Case {
            what: "one cell of 50 MB of control characters, JSON",
            sql: "select repeat(chr(1), 50000000) as cell".to_owned(),
            suffix: ".json",
            rows: 1,
            bytes_min: 50 * MB * r"\u0001".len() as u64,
        },
        Case {
            what: "one cell of 50 MB of &, XML",
            sql: "select repeat('&', 50000000) as cell".to_owned(),
            suffix: ".xml",
            rows: 1,
            bytes_min: 50 * MB * "&amp;".len() as u64,
        },
        Case {
            what: "three cells of 30 MB of checksums, CSV",
            sql: checksums(),
            suffix: ".csv",
            rows: 1,
            bytes_min: 90 * MB,
        },
        Case {
            what: "a jsonb array of 50 MB, NDJSON",
            sql: "select jsonb_agg(md5(i::text)) as list from generate_series(1, 1390000) as i"
                .to_owned(),
            suffix: ".ndjson",
            rows: 1,
            bytes_min: 47 * MB,
        },
        Case {
            what: "29,999 rows of 3.3 kB, XLSX",
            sql: format!(
                "select i, repeat(md5(i::text), 104) as words from generate_series(1, {ROWS}) as i"
            ),
            suffix: ".xlsx",
            rows: ROWS,
            bytes_min: WORKBOOK_BYTES_MIN,
        },
    ]
}

fn wide_row() -> String {
    let columns = (1..=COLUMNS)
        .map(|number| format!("repeat(md5('{number}'), {CHECKSUMS}) as column_{number}"));
    let columns: Vec<String> = columns.collect();
    format!("select {}", columns.join(", "))
}

/// 937,500 of them are 30 MB.
fn checksums() -> String {
    let cells = ["a", "b", "c"].map(|name| format!("string_agg(md5('{name}' || i), '') as {name}"));
    format!(
        "select {} from generate_series(1, 937500) as i",
        cells.join(", ")
    )
}

impl Case {
    fn measure(&self, bench: &mut Bench) -> Outcome<Memory> {
        let (idle_mib, clip) = restart(bench, &self.sql)?;
        let path = format!("{clip}{}", self.suffix);
        let (response, turn) = bench.fetch(&path)?;
        check(self.suffix, response, self.rows, self.bytes_min)?;
        Ok(Memory { idle_mib, turn })
    }
}

/// A row above the limit of a result.
fn measure_refusal(bench: &mut Bench) -> Outcome<Memory> {
    let (idle_mib, clip) = restart(bench, "select repeat('x', 500000000) as cell")?;
    let url = format!("{}{clip}.json", bench.server.url);
    let (refusal, turn) = bench.measure(|| curl::refusal(&url))?;
    match refusal.contains("row_too_large") && refusal.ends_with("422") {
        true => Ok(Memory { idle_mib, turn }),
        false => Err(format!("not refused as it should be: {refusal}").into()),
    }
}

fn measure_all(bench: &mut Bench) -> Outcome<Memory> {
    let (idle_mib, clip) = restart(bench, &wide_row())?;
    let urls = ALL.map(|suffix| format!("{}{clip}{suffix}", bench.server.url));
    let (responses, turn) = bench.measure(|| curl::fetch_at_once(&urls))?;
    for (suffix, response) in ALL.iter().zip(responses) {
        let response = response.map_err(|failure| format!("{suffix}: {failure}"))?;
        let bytes_min = match *suffix {
            ".xlsx" => WORKBOOK_BYTES_MIN,
            _ => WIDE_BYTES,
        };
        check(suffix, response, 1, bytes_min)?;
    }
    Ok(Memory { idle_mib, turn })
}

/// The memory of the idle server, and a clip that never ran.
fn restart(bench: &mut Bench, sql: &str) -> Outcome<(f64, String)> {
    bench.server.restart()?;
    let idle_mib = process::resident_mib(bench.server.pid()?)?;
    Ok((idle_mib, bench.server.create_clip("Huge", sql)?))
}

fn check(suffix: &str, response: Response, rows: usize, bytes_min: u64) -> Outcome<()> {
    match response.rows == Some(rows) && response.bytes >= bytes_min {
        true => Ok(()),
        false => Err(format!("{suffix} is not complete: {response:?}").into()),
    }
}

/// A failure is shown in its own line, and the other cases go on.
fn line(what: &str, memory: Outcome<Memory>, beyond_max: f64) -> Line {
    let (ours, beyond) = match memory {
        Ok(Memory { idle_mib, turn }) => {
            let seconds = turn.wall_ms / 1e3;
            let peak = turn.peak_mib;
            (
                format!("peak {peak:.0} MiB, of them idle {idle_mib:.0}; {seconds:.1} s"),
                peak - idle_mib,
            )
        }
        Err(failure) => (
            format!("failed: {}", table::sentence(&*failure)),
            f64::INFINITY,
        ),
    };
    Line::alone(what, ours, beyond, beyond_max, "MiB beyond idle")
}
