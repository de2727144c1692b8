//! The parts of the benchmark. Each creates the clips it needs, so that it can be measured alone.

mod at_once;
mod duel;
mod huge;
mod list;
mod live;
mod page;
mod shared;
mod sizes;
mod small;
mod start;
mod stored;

use std::fs;

use super::bench::Bench;
use super::outcome::{Outcome, read};
use super::table::Line;

#[derive(Clone, Copy)]
pub struct Part {
    pub name: &'static str,
    pub what: &'static str,
    pub measure: fn(&mut Bench) -> Outcome<Vec<Line>>,
}

/// The list comes last: its many clips would slow down the others.
const PARTS: [Part; 11] = [
    part(
        "start",
        "memory, start and size of the program",
        start::measure,
    ),
    part("live", "live exports of 29,999 rows", live::measure),
    part("sizes", "live CSV of 1 to 29,999 rows", sizes::measure),
    part("stored", "stored results of 29,999 rows", stored::measure),
    part("pinned", "pinned results of 10 rows", small::measure_pinned),
    part(
        "small",
        "live results of 10 rows, 16 at a time",
        small::measure_live,
    ),
    part("at-once", "16 live exports at once", at_once::measure),
    part("shared", "500 requests for one run", shared::measure),
    part("page", "the page in Chromium", page::measure),
    part("huge", "memory for huge cells and rows", huge::measure),
    part("list", "list and search among 100,000 clips", list::measure),
];

const fn part(
    name: &'static str,
    what: &'static str,
    measure: fn(&mut Bench) -> Outcome<Vec<Line>>,
) -> Part {
    Part {
        name,
        what,
        measure,
    }
}

/// The parts with these names; all of them if there are none.
pub fn chosen(names: &[String]) -> Outcome<Vec<Part>> {
    let known = |name: &&String| PARTS.iter().any(|part| part.name == **name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        return Err(format!(
            "There is no part {unknown}; choose from {}.",
            all.join(", ")
        )
        .into());
    }
    let wanted = |part: &Part| names.is_empty() || names.iter().any(|name| name == part.name);
    Ok(PARTS.into_iter().filter(wanted).collect())
}

/// The machine that everything runs on.
pub fn machine(bench: &Bench) -> Outcome<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("processor", |(_, model)| model);
    let kernel = read(std::process::Command::new("uname").arg("-sr"))?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "{cores} cores, {model}, {}, PostgreSQL {}",
        kernel.trim(),
        bench.programs.version()
    ))
}
