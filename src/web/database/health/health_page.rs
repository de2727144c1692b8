//! `/databases/{id}/health`: what the checks of a database find, for administrators, since it shows other people's queries.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::growth::Growth;
use super::health_api;
use crate::error::Error;
use crate::model::{CheckCounts, Database, HealthLook, LookFound, RedFinding};
use crate::run::doctor::{Blindness, Check, Diagnosis, Examined, Finding, Grade, LARGEST_TABLES};
use crate::web::app::App;
use crate::web::database::database_page;
use crate::web::database::refusal::Refusal;
use crate::web::http::extract::Path;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::page::{error_response, in_words, time_tag};
use crate::web::visitor::Visitor;

/// Of one check; the others are folded.
const FINDINGS_MAX: usize = 5;
/// Looks that are listed.
const LOOKS_MAX: usize = 31;

#[derive(Template)]
#[template(path = "database/doctor.html")]
struct HealthPage<'a> {
    visitor: &'a Visitor,
    database: &'a Database,
    /// Or why the database cannot be examined now.
    diagnosis: Result<Diagnosis, Refusal>,
    /// The oldest first.
    looks: Vec<HealthLook>,
    growth: Option<Growth>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = database_page::find(&app, &id).await?;
    let (status, diagnosis) = match health_api::read(&app, &database).await {
        Ok(diagnosis) => (StatusCode::OK, Ok(diagnosis)),
        Err(error) => (error_response::status(&error), Err(refusal(error)?)),
    };
    let looks = database.looks(&app.store).await?;
    let page = HealthPage {
        visitor: &visitor,
        database: &database,
        diagnosis,
        growth: Growth::new(&looks),
        looks,
    };
    Ok((status, render(&page)).into_response())
}

impl HealthPage<'_> {
    fn newest(&self) -> Option<&HealthLook> {
        self.looks.last()
    }

    fn recent(&self) -> impl Iterator<Item = &HealthLook> {
        self.looks.iter().rev().take(LOOKS_MAX)
    }

    /// The growth to show beside this check, if it belongs there.
    fn growth_at(&self, check: &Check) -> Option<&Growth> {
        self.growth
            .as_ref()
            .filter(|_| check.name == LARGEST_TABLES)
    }

    /// What the newest look found that the one before had not, while there are daily looks.
    fn news(&self) -> Vec<&RedFinding> {
        let newest = self.newest().filter(|_| self.database.has_daily_look);
        let reds = newest.into_iter().flat_map(|look| &look.found.reds);
        reds.filter(|red| red.is_new).collect()
    }
}

fn refusal(error: Error) -> Result<Refusal, Error> {
    match error {
        Error::Run { failure, .. } => Ok(Refusal::from_failure(&failure)),
        error => Refusal::from_error(error),
    }
}

/// `1 red, 2 amber, 15 green`
fn count(diagnosis: &Diagnosis) -> String {
    grades_in_words(Grade::ALL.map(|grade| (diagnosis.of(grade).len(), grade)))
}

/// The same, of a look.
fn counts(checks: &CheckCounts) -> String {
    let counted = [checks.red, checks.amber, checks.blind, checks.green];
    let counted = counted.map(|number| usize::try_from(number).unwrap_or_default());
    let [red, amber, blind, green] = counted;
    grades_in_words([
        (red, Grade::Red),
        (amber, Grade::Amber),
        (blind, Grade::Blind),
        (green, Grade::Green),
    ])
}

fn grades_in_words(counted: [(usize, Grade); 4]) -> String {
    let counted = counted.into_iter().filter(|(number, _)| *number > 0);
    let counted = counted.map(|(number, grade)| format!("{number} {}", grade.word()));
    counted.collect::<Vec<_>>().join(", ")
}

/// What a look found that the one before had not.
fn newly_red(found: &LookFound) -> Vec<String> {
    let new = found.reds.iter().filter(|red| red.is_new);
    new.map(red_in_words).collect()
}

/// `Sequences: public.spent_id_seq`
fn red_in_words(red: &RedFinding) -> String {
    let title = Check::find(&red.check).map_or(red.check.as_str(), |check| check.title);
    match red.subject.as_str() {
        "" => title.to_owned(),
        subject => format!("{title}: {subject}"),
    }
}

fn size(bytes: &i64) -> String {
    in_words::bytes(bytes.unsigned_abs())
}

/// The heading of the checks with this grade, and its element.
fn heading(grade: &Grade) -> &'static str {
    match grade {
        Grade::Red => "Act today",
        Grade::Amber => "Plan to mend",
        Grade::Blind => "Not known",
        Grade::Green => "All is well",
    }
}

/// The checks with this grade, but for those that see nothing.
fn seeing<'a>(diagnosis: &'a Diagnosis, grade: &Grade) -> Vec<&'a Examined> {
    let checks = diagnosis.of(*grade).into_iter();
    checks
        .filter(|examined| examined.blindness().is_none())
        .collect()
}

/// What the checks of this grade that see nothing lack.
fn blindnesses<'a>(diagnosis: &'a Diagnosis, grade: &Grade) -> Vec<Blindness<'a>> {
    match grade {
        Grade::Blind => diagnosis.blindnesses(),
        Grade::Red | Grade::Amber | Grade::Green => Vec::new(),
    }
}

/// The CSS class of a grade's badge.
fn badge(grade: &Grade) -> &'static str {
    match grade {
        Grade::Red => "bad",
        Grade::Amber => "doubtful",
        Grade::Blind => "",
        Grade::Green => "good",
    }
}

/// The findings that are shown at once, and those that are folded.
fn parts<'a>(examined: &&'a Examined) -> [Vec<&'a Finding>; 2] {
    let mut shown = examined.notable();
    let folded = shown.split_off(shown.len().min(FINDINGS_MAX));
    [shown, folded]
}

/// Whether it has to be said why it matters.
fn is_a_fault(grade: &Grade) -> bool {
    match grade {
        Grade::Red | Grade::Amber => true,
        Grade::Blind | Grade::Green => false,
    }
}

/// Whether it takes little room.
fn is_well(grade: &Grade) -> bool {
    *grade == Grade::Green
}

/// The element of a statement to copy.
fn sql_id(examined: &Examined, part: &str, place: &usize) -> String {
    format!("{}-{part}-sql-{place}", examined.check.name)
}

/// The same, of the statement that lets blind checks see.
fn blind_sql_id(place: &usize) -> String {
    format!("blind-sql-{place}")
}

/// The findings that have numbers, and the names of these.
fn numbers<'a>(examined: &&'a Examined) -> Option<(Vec<&'a str>, Vec<&'a Finding>)> {
    let findings = examined.findings.iter();
    let rows: Vec<_> = findings
        .filter(|finding| !finding.numbers.is_empty())
        .collect();
    let first = rows.first()?;
    Some((first.numbers.names().collect(), rows))
}

/// `total_bytes` → `total`, since sizes are written with their unit; `table_bytes` → `table size` beside a column `table`.
fn label(name: &str, names: &[&str]) -> String {
    let label = match name.strip_suffix("_bytes") {
        Some(what) if names.contains(&what) => format!("{what} size"),
        Some(what) => what.to_owned(),
        None => name.to_owned(),
    };
    label.replace('_', " ")
}

/// Names of columns with texts.
fn texts(finding: &Finding) -> Vec<(bool, String)> {
    let values = finding.numbers.texts();
    let cells = values.map(|(name, text)| {
        let text = text.unwrap_or_default();
        let is_number = text.parse::<f64>().is_ok();
        match text.parse::<u64>() {
            Ok(bytes) if name.ends_with("_bytes") => (true, in_words::bytes(bytes)),
            _ => (is_number, text),
        }
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_bytes_is_named_without_its_unit() {
        let names = ["table", "total_bytes", "table_bytes", "last_vacuum"];
        let labels = names.map(|name| label(name, &names));
        assert_eq!(labels, ["table", "total", "table size", "last vacuum"]);
    }
}
