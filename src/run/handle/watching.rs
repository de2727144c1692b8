//! Whether somebody looks at a run: only then is its database asked what the run waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Those who look at one run.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Watchers(Arc<AtomicUsize>);

/// Somebody who looks, until it is dropped.
#[must_use = "looks only until it is dropped"]
#[derive(Debug)]
pub struct Watching(Watchers);

impl Watchers {
    pub(in crate::run) fn add(&self) -> Watching {
        self.0.fetch_add(1, Ordering::Relaxed);
        Watching(self.clone())
    }

    pub(in crate::run) fn are_none(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let Self(Watchers(count)) = self;
        count.fetch_sub(1, Ordering::Relaxed);
    }
}
