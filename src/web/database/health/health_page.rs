//! `/databases/{id}/health`: what the checks of a database find, for administrators, since it shows other people's queries.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::health_api;
use crate::error::Error;
use crate::model::Database;
use crate::run::doctor::{Blindness, Diagnosis, Examined, Finding, Grade};
use crate::web::app::App;
use crate::web::database::refusal::Refusal;
use crate::web::database::{database_page, health_badge};
use crate::web::http::extract::Path;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

/// Of one check; the others are folded.
const FINDINGS_MAX: usize = 5;

#[derive(Template)]
#[template(path = "database/doctor.html")]
struct HealthPage<'a> {
    visitor: &'a Visitor,
    database: &'a Database,
    /// Or why the database cannot be examined now.
    diagnosis: Result<Diagnosis, Refusal>,
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
    let page = HealthPage {
        visitor: &visitor,
        database: &database,
        diagnosis,
    };
    Ok((status, render(&page)).into_response())
}

fn refusal(error: Error) -> Result<Refusal, Error> {
    match error {
        Error::Run { failure, .. } => Ok(Refusal::from_failure(&failure)),
        error => Refusal::from_error(error),
    }
}

/// `1 red, 2 amber, 15 green`
fn count(diagnosis: &Diagnosis) -> String {
    let counted = Grade::ALL.map(|grade| match diagnosis.of(grade).len() {
        0 => None,
        number => Some(format!("{number} {}", grade.word())),
    });
    counted.into_iter().flatten().collect::<Vec<_>>().join(", ")
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

/// What checks of this grade lack who see nothing.
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

/// The element of a statement to copy.
fn sql_id(examined: &Examined, part: &str, place: &usize) -> String {
    format!("{}-{part}-sql-{place}", examined.check.name)
}

/// The same, of what opens eyes.
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

/// `total_bytes` → `total`, since sizes are written with their unit.
fn label(name: &str) -> String {
    name.trim_end_matches("_bytes").replace('_', " ")
}

/// Names of columns with texts.
fn texts(finding: &Finding) -> Vec<(bool, String)> {
    let values = finding.numbers.texts();
    let cells = values.map(|(name, text)| {
        let text = text.unwrap_or_default();
        let is_number = text.parse::<f64>().is_ok();
        match text.parse::<u64>() {
            Ok(bytes) if name.ends_with("_bytes") => (true, health_badge::size(&bytes)),
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
        assert_eq!(label("total_bytes"), "total");
        assert_eq!(label("last_vacuum"), "last vacuum");
    }
}
