//! Looks once a day at the health of the databases where an administrator asked for that, and keeps what was found.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::model::{CheckCounts, Database, LookFound, RedFinding, TableSize};
use crate::run::doctor::{Diagnosis, Examined, Finding, Grade, LARGEST_TABLES};
use crate::web::app::App;

/// How often a server checks whether a look is due.
const LOOK_AGAIN: Duration = Duration::from_mins(1);
/// Tables whose size is kept.
const TABLES_MAX: usize = 20;

/// Makes the looks that are due until the server is about to stop.
pub async fn work(app: Arc<App>) {
    while !app.draining.has_begun() {
        if let Err(error) = look_where_due(&app).await {
            let cause = error.cause();
            tracing::warn!(cause, "daily looks wait for the next try");
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// One after the other; each is claimed, so that other servers make the others.
pub async fn look_where_due(app: &App) -> Result<(), Error> {
    while !app.draining.has_begun()
        && let Some(database) = Database::claim_look(&app.store).await?
    {
        look(app, &database).await?;
    }
    Ok(())
}

/// If the database cannot be examined, the reason is kept.
async fn look(app: &App, database: &Database) -> Result<(), Error> {
    let start = Instant::now();
    let found = match app.target(database) {
        Ok(target) => match app.runner.diagnose(&target).await {
            Ok(diagnosis) => found(&diagnosis),
            Err(failure) => LookFound::failed(failure.message()),
        },
        Err(error) => LookFound::failed(error.to_string()),
    };
    let found = database.keep_look(&app.store, found).await?;
    let elapsed_ms = start.elapsed().as_millis();
    let name = &database.name;
    match &found.failure {
        None => tracing::info!(
            database = name,
            red = found.checks.red,
            newly_red = found.newly_red().len(),
            amber = found.checks.amber,
            blind = found.checks.blind,
            elapsed_ms,
            "looked at the health of a database"
        ),
        Some(reason) => tracing::warn!(
            database = name,
            reason,
            elapsed_ms,
            "the health of a database could not be looked at"
        ),
    }
    Ok(())
}

fn found(diagnosis: &Diagnosis) -> LookFound {
    let count = |grade| i32::try_from(diagnosis.of(grade).len()).unwrap_or(i32::MAX);
    let sizes = diagnosis.checks.iter();
    let sizes = sizes.filter(|examined| examined.check.name == LARGEST_TABLES);
    let sizes: Vec<_> = sizes.flat_map(|examined| &examined.findings).collect();
    LookFound {
        failure: None,
        checks: CheckCounts {
            red: count(Grade::Red),
            amber: count(Grade::Amber),
            blind: count(Grade::Blind),
            green: count(Grade::Green),
        },
        reds: reds(diagnosis),
        size_bytes: sizes
            .iter()
            .filter(|finding| finding.numbers.text("table").is_none())
            .find_map(|finding| bytes(finding)),
        tables: sizes
            .iter()
            .filter_map(|finding| table(finding))
            .take(TABLES_MAX)
            .collect(),
    }
}

fn reds(diagnosis: &Diagnosis) -> Vec<RedFinding> {
    let of_check = |examined: &Examined| {
        let red = examined.findings.iter();
        let red = red.filter(|finding| finding.grade == Grade::Red);
        let found = red.map(|finding| RedFinding {
            check: examined.check.name.to_owned(),
            subject: finding.subject(examined.check.subject),
            is_new: false,
        });
        found.collect::<Vec<_>>()
    };
    let found = diagnosis.checks.iter().flat_map(of_check);
    found.take(LookFound::REDS_MAX).collect()
}

fn table(finding: &Finding) -> Option<TableSize> {
    // The whole database has none.
    finding.numbers.text("table")?;
    Some(TableSize {
        name: finding.subject(&["schema", "table"]),
        bytes: bytes(finding)?,
    })
}

fn bytes(finding: &Finding) -> Option<i64> {
    finding.numbers.text("total_bytes")?.parse().ok()
}
