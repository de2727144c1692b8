//! Who waits for a run at this server.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::run::Run;
use crate::model::Actor;

/// Those who wait, by their places.
#[derive(Default)]
pub(super) struct Waiting {
    next: AtomicU64,
    actors: Mutex<HashMap<u64, Actor>>,
}

/// A run for somebody who waits for it: as long as they hold this, they are counted.
pub struct JoinedRun {
    run: Arc<Run>,
    place: u64,
}

impl Waiting {
    /// How many, and the numbers of those who are signed in.
    pub(super) fn count(&self) -> (usize, Vec<i64>) {
        let actors = self.actors();
        let mut people: Vec<i64> = actors.values().filter_map(|actor| actor.user_id).collect();
        people.sort_unstable();
        people.dedup();
        (actors.len(), people)
    }

    fn actors(&self) -> MutexGuard<'_, HashMap<u64, Actor>> {
        self.actors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JoinedRun {
    /// Whoever acts now waits for the run.
    pub(super) fn new(run: Arc<Run>) -> Self {
        let waiting = run.waiting();
        let place = waiting.next.fetch_add(1, Ordering::Relaxed);
        waiting.actors().insert(place, Actor::current());
        Self { run, place }
    }
}

impl Deref for JoinedRun {
    type Target = Arc<Run>;

    fn deref(&self) -> &Arc<Run> {
        &self.run
    }
}

impl Drop for JoinedRun {
    fn drop(&mut self) {
        self.run.waiting().actors().remove(&self.place);
    }
}
