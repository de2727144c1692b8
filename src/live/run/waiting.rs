//! Who waits for a run at this server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::Actor;

/// Those who wait, by their places.
#[derive(Default)]
pub(in crate::live) struct Waiting {
    next: AtomicU64,
    actors: Mutex<HashMap<u64, Actor>>,
}

impl Waiting {
    /// How many, and the numbers of those who are signed in.
    pub(in crate::live) fn count(&self) -> (usize, Vec<i64>) {
        let actors = self.actors();
        let mut people: Vec<i64> = actors.values().filter_map(|actor| actor.user_id).collect();
        people.sort_unstable();
        people.dedup();
        (actors.len(), people)
    }

    /// Counts whoever acts now, until they leave this place.
    pub(in crate::live) fn enter(&self) -> u64 {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        self.actors().insert(place, Actor::current());
        place
    }

    pub(in crate::live) fn leave(&self, place: u64) {
        self.actors().remove(&place);
    }

    fn actors(&self) -> MutexGuard<'_, HashMap<u64, Actor>> {
        self.actors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
