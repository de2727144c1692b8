//! Counts who is watching a run: its database is asked what it waits for only if someone is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of watchers of one run.
#[derive(Clone, Debug, Default)]
pub struct Watchers(Arc<AtomicUsize>);

/// One watcher, until it is dropped.
#[must_use = "looks only until it is dropped"]
#[derive(Debug)]
pub struct Watching(Watchers);

impl Watchers {
    pub fn add(&self) -> Watching {
        self.0.fetch_add(1, Ordering::Relaxed);
        Watching(self.clone())
    }

    pub fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let Self(Watchers(count)) = self;
        count.fetch_sub(1, Ordering::Relaxed);
    }
}
