//! What becomes known of a request while it is handled, for its line in the log: whoever finds out notes it here.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::request_id::RequestId;
use crate::run::{RunTimes, Times};

tokio::task_local! {
    static FACTS: Cell<Facts>;
    static ID: Option<RequestId>;
}

#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub started: Instant,
    /// The user's number.
    pub user: Option<i64>,
    /// The clip's number.
    pub clip: Option<i64>,
    /// Whether the visitor may see the clip's query: then they see too how long it took.
    pub sees_sql: bool,
    /// Until it was known who asks, and that they may.
    pub access: Option<Duration>,
    /// Of the run that the response waited for, which may have begun earlier.
    pub run: Times,
}

/// Handles a request, and returns what was noted meanwhile.
pub async fn collect<T>(id: Option<RequestId>, handle: impl Future<Output = T>) -> (T, Facts) {
    let facts = Facts {
        started: Instant::now(),
        user: None,
        clip: None,
        sees_sql: false,
        access: None,
        run: Times::default(),
    };
    let handle = async {
        let handled = handle.await;
        (handled, FACTS.with(Cell::get))
    };
    ID.scope(id, FACTS.scope(Cell::new(facts), handle)).await
}

/// The id of the request that is handled.
pub fn request_id() -> Option<RequestId> {
    ID.try_with(Clone::clone).ok().flatten()
}

pub fn note_user(number: i64) {
    note(|facts| facts.user = Some(number));
}

pub fn note_clip(number: i64) {
    note(|facts| facts.clip = Some(number));
}

/// From here on, the visitor may see the clip.
pub fn note_access(sees_sql: bool) {
    note(|facts| {
        facts.sees_sql = sees_sql;
        facts.access = Some(facts.started.elapsed());
    });
}

/// The run for which the request has waited.
pub fn note_run(run: Option<RunTimes>) {
    if let Some(times) = run.and_then(|run| run.get()) {
        note(|facts| facts.run = times);
    }
}

/// Does nothing where no request is handled.
fn note(change: impl FnOnce(&mut Facts)) {
    let _ = FACTS.try_with(|cell| {
        let mut facts = cell.get();
        change(&mut facts);
        cell.set(facts);
    });
}
