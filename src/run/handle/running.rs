//! A run in progress, as held by those who wait for it.

use std::ops::Deref;

use tokio_util::sync::CancellationToken;

use crate::run::Observer;

/// A handle to a run, and all that an [`Observer`] sees of it. When it is dropped the query is cancelled in PostgreSQL.
#[must_use = "the run is cancelled when this is dropped"]
#[derive(Debug)]
pub struct Running {
    observer: Observer,
    stop: CancellationToken,
}

impl Running {
    pub(in crate::run) fn new(observer: Observer, stop: CancellationToken) -> Self {
        Self { observer, stop }
    }

    /// Ends the run for everybody who waits: they get [`Failure::Cancelled`](super::Failure::Cancelled).
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Whether it was to end before it does.
    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// For somebody who wants to know how it ends, but for whom it need not go on.
    pub fn observe(&self) -> Observer {
        self.observer.clone()
    }
}

impl Deref for Running {
    type Target = Observer;

    fn deref(&self) -> &Observer {
        &self.observer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cancel();
    }
}
