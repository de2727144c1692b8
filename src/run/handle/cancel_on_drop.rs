//! A run in progress, owned by those who wait for it.

use std::ops::Deref;

use tokio_util::sync::CancellationToken;

use crate::run::Observer;

/// A handle to a run, with everything that an [`Observer`] offers. Dropping it cancels the query in PostgreSQL.
#[must_use = "the run is cancelled when this is dropped"]
#[derive(Debug)]
pub struct CancelOnDrop {
    observer: Observer,
    stop: CancellationToken,
}

impl CancelOnDrop {
    pub(in crate::run) fn new(observer: Observer, stop: CancellationToken) -> Self {
        Self { observer, stop }
    }

    /// Cancels the run; everyone who waits gets [`Failure::Cancelled`](super::Failure::Cancelled).
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Whether the run was cancelled, even if it has not ended yet.
    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// A handle that does not keep the run alive.
    pub fn observe(&self) -> Observer {
        self.observer.clone()
    }
}

impl Deref for CancelOnDrop {
    type Target = Observer;

    fn deref(&self) -> &Observer {
        &self.observer
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.cancel();
    }
}
