//! The runs that other servers are known to execute, and one of them as seen by those who wait for it here.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::model::{Lease, RunKey, Subject};
use crate::run::{Progress, Step, Watchers, Watching};

/// The runs that other servers are known to execute.
#[derive(Default)]
pub(super) struct RunsElsewhere(Mutex<HashMap<RunKey, Lease>>);

/// One of them, shared by those who wait for it here.
pub(super) struct RunElsewhere {
    asked_at: Timestamp,
    /// What the server that executes the run last said, and when that was read.
    progress: Mutex<Option<(Progress, Instant)>>,
    watchers: Watchers,
    cancelled: CancellationToken,
    /// Cancelled once nobody waits here.
    left: CancellationToken,
}

impl RunsElsewhere {
    pub(super) fn is_empty(&self) -> bool {
        self.runs().is_empty()
    }

    pub(super) fn find(&self, key: &RunKey) -> Option<Lease> {
        self.runs().get(key).copied()
    }

    /// The runs of a version with one set of values, whatever the database.
    pub(super) fn find_all(&self, subject: Subject) -> Vec<Lease> {
        let runs = self.runs();
        let found = runs.iter().filter(|(key, _)| key.subject == subject);
        found.map(|(_, lease)| *lease).collect()
    }

    pub(super) fn began(&self, key: RunKey, lease: Lease) {
        self.runs().insert(key, lease);
    }

    /// It is over, or is executed here from now on.
    pub(super) fn forget_key(&self, key: &RunKey) {
        self.runs().remove(key);
    }

    /// It is over.
    pub(super) fn forget(&self, id: i64) {
        self.runs().retain(|_, lease| lease.id != id);
    }

    pub(super) fn replace(&self, all: impl IntoIterator<Item = (RunKey, Lease)>) {
        *self.runs() = all.into_iter().collect();
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<RunKey, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunElsewhere {
    pub(super) fn new(asked_at: Timestamp) -> Self {
        Self {
            asked_at,
            progress: Mutex::default(),
            watchers: Watchers::default(),
            cancelled: CancellationToken::new(),
            left: CancellationToken::new(),
        }
    }

    /// Cancels it for everybody.
    pub(super) fn cancel(&self) {
        self.cancelled.cancel();
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    pub(super) async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    /// Nobody waits here any longer.
    pub(super) fn leave(&self) {
        self.left.cancel();
    }

    pub(super) async fn left(&self) {
        self.left.cancelled().await;
    }

    pub(super) fn watch(&self) -> Watching {
        self.watchers.add()
    }

    pub(super) fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    pub(super) fn progress(&self) -> Progress {
        match &*self.last_progress() {
            Some((progress, read_at)) => progress.later(read_at.elapsed()),
            None => Progress {
                step: Step::Connecting,
                rows: 0,
                elapsed: self.elapsed(),
                timeout: Duration::ZERO,
            },
        }
    }

    /// What the server that executes the run said just now.
    pub(super) fn set_progress(&self, progress: Option<Progress>) {
        *self.last_progress() = progress.map(|progress| (progress, Instant::now()));
    }

    fn elapsed(&self) -> Duration {
        let elapsed = Timestamp::now().duration_since(self.asked_at);
        elapsed.try_into().unwrap_or_default()
    }

    fn last_progress(&self) -> MutexGuard<'_, Option<(Progress, Instant)>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
