//! A run for somebody who waits for it.

use std::ops::Deref;
use std::sync::Arc;

use super::run::Run;

/// As long as they hold this, they are counted among those who wait.
pub struct JoinedRun {
    run: Arc<Run>,
    place: u64,
}

impl JoinedRun {
    /// Whoever acts now waits for the run.
    pub(super) fn new(run: Arc<Run>) -> Self {
        let place = run.waiting().enter();
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
        self.run.waiting().leave(self.place);
    }
}
