//! The progress of a run: as text for a page, as numbers for its script.

use std::time::Duration;

use serde::Serialize;

use crate::run;
use crate::run::{Step, Wait};
use crate::web::page::in_words::grouped;

/// A connection that takes longer is not only slow.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// A run's progress, as a page shows it.
#[derive(Debug, Serialize)]
pub struct Progress {
    pub sentence: String,
    /// Only the time that counts against the timeout.
    pub elapsed_ms: u64,
    /// How long the run may take at most.
    pub timeout_ms: u64,
    pub rows: u64,
    /// The place in the queue, from 1, while the run waits for a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_place: Option<usize>,
    /// PostgreSQL's name for what the run waits for, such as `Lock relation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<String>,
    /// The PostgreSQL processes that hold a lock which the run needs.
    blocked_by: Vec<i32>,
}

impl Progress {
    /// What a run waits for is shown only to viewers who may see the query.
    pub fn new(progress: &run::Progress, sees_sql: bool) -> Self {
        let (queue_place, executing, wait) = match &progress.step {
            Step::Queued { place } => (Some(*place), Duration::ZERO, None),
            Step::Connecting | Step::Ended => (None, Duration::ZERO, None),
            Step::Executing { elapsed, wait, .. } => {
                (None, *elapsed, wait.as_ref().filter(|_| sees_sql))
            }
        };
        Self {
            sentence: describe(progress, wait),
            elapsed_ms: executing.as_millis() as u64,
            timeout_ms: progress.timeout.as_millis() as u64,
            rows: progress.rows,
            queue_place,
            wait: wait.map(|wait| format!("{} {}", wait.event_type, wait.event)),
            blocked_by: wait.map_or(Vec::new(), |wait| wait.blocked_by.clone()),
        }
    }
}

fn describe(progress: &run::Progress, wait: Option<&Wait>) -> String {
    match &progress.step {
        Step::Queued { place } => {
            format!("Waiting for a free connection to the database: number {place} in line.")
        }
        Step::Connecting if progress.elapsed < SILENT_AFTER => {
            "Connecting to the database.".to_owned()
        }
        Step::Connecting => format!(
            "Connecting to the database, which has not answered for {}.",
            seconds(progress.elapsed)
        ),
        Step::Executing {
            elapsed,
            silent_for: Some(silent_for),
            ..
        } => format!(
            "Running for {} (limit {}). The database has not answered for {}.",
            seconds(*elapsed),
            seconds(progress.timeout),
            seconds(*silent_for)
        ),
        Step::Executing { elapsed, .. } => {
            let rows = match progress.rows {
                0 => String::new(),
                rows => format!(", {} rows so far", grouped(rows)),
            };
            let wait = wait.map_or(String::new(), describe_wait);
            format!(
                "Running for {}{rows} (limit {}).{wait}",
                seconds(*elapsed),
                seconds(progress.timeout)
            )
        }
        Step::Ended => "The query has ended.".to_owned(),
    }
}

fn describe_wait(wait: &Wait) -> String {
    let processes: Vec<_> = wait.blocked_by.iter().map(ToString::to_string).collect();
    match processes.as_slice() {
        [] => format!(" Waiting on: {}.", wait.event),
        [process] => {
            format!(" Blocked: another session (process {process}) holds a lock that it needs.")
        }
        _ => format!(
            " Blocked: other sessions (processes {}) hold locks that it needs.",
            processes.join(", ")
        ),
    }
}

/// 12 s, 3 min 20 s, 10 min
fn seconds(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, 0) if !time.is_zero() => format!("{} ms", time.as_millis()),
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
