//! The table that the benchmark prints.

use std::error::Error;

use super::outcome::Outcome;
use super::series::Series;

const HEADING: &str = "\
| what | ours | limit | ours / limit: median (least–most) | target | reached |
| --- | --- | --- | --- | --- | --- |";

/// One measurement.
pub struct Line {
    what: String,
    ours: String,
    limit: String,
    ratio: String,
    target: String,
    reached: Reached,
}

enum Reached {
    Yes,
    No,
    /// There is no target.
    Open,
}

impl Line {
    /// Reached if the median is not above the target.
    pub fn at_most(what: &str, ours: String, limit: String, ratio: &Series, target: f64) -> Self {
        Self {
            target: format!("≤ {target}"),
            reached: Reached::where_holds(ratio.median() <= target),
            ..Self::open(what, ours, limit, ratio)
        }
    }

    /// Reached if the median is not below the target.
    pub fn at_least(what: &str, ours: String, limit: String, ratio: &Series, target: f64) -> Self {
        Self {
            target: format!("≥ {target}"),
            reached: Reached::where_holds(ratio.median() >= target),
            ..Self::open(what, ours, limit, ratio)
        }
    }

    /// Without a target.
    pub fn open(what: &str, ours: String, limit: String, ratio: &Series) -> Self {
        Self {
            what: what.to_owned(),
            ours,
            limit,
            ratio: ratio.to_string(),
            target: String::new(),
            reached: Reached::Open,
        }
    }

    /// A number that is not compared with another program's.
    pub fn alone(what: &str, ours: String, measured: f64, most: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            ours,
            limit: String::new(),
            ratio: String::new(),
            target: format!("≤ {most} {unit}"),
            reached: Reached::where_holds(measured <= most),
        }
    }

    /// What is neither compared nor has a target.
    pub fn noted(what: &str, ours: String) -> Self {
        Self {
            what: what.to_owned(),
            ours,
            limit: String::new(),
            ratio: String::new(),
            target: String::new(),
            reached: Reached::Open,
        }
    }

    /// For `alone` and `noted`: adds what the number is compared with.
    pub fn with_limit(self, limit: String) -> Self {
        Self { limit, ..self }
    }

    fn print(&self) -> String {
        let Self {
            what,
            ours,
            limit,
            ratio,
            target,
            reached,
        } = self;
        let reached = match reached {
            Reached::Yes => "yes",
            Reached::No => "**no**",
            Reached::Open => "",
        };
        format!("| {what} | {ours} | {limit} | {ratio} | {target} | {reached} |")
    }
}

impl Reached {
    fn where_holds(claim: bool) -> Self {
        match claim {
            true => Self::Yes,
            false => Self::No,
        }
    }
}

/// Printed line by line, so that an interrupted benchmark shows what it measured.
pub fn begin() {
    println!("{HEADING}");
}

/// Whether the part could be measured.
pub fn print(part: &str, lines: Outcome<Vec<Line>>) -> bool {
    match lines {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{}", line.print()));
            true
        }
        Err(failure) => {
            let sentence = sentence(&*failure);
            println!("| {part} | **could not be measured**: {sentence} | | | | |");
            false
        }
    }
}

/// Fits into a cell.
pub fn sentence(failure: &dyn Error) -> String {
    failure.to_string().replace(['\n', '|'], " ")
}
