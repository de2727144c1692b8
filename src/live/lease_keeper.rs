//! Lets other servers wait for a run that this one executes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::outcome::RunOutcome;
use super::run::{PendingOutcome, Run, RunEnd};
use super::shared_version::{SharedVersion, told};
use crate::error::Error;
use crate::model::{Claim, Lease, LeaseState};
use crate::run::Failure;

/// Nobody waits elsewhere for a run that is shorter than this: two servers may then execute it at the same time.
const SHARED_AFTER: Duration = Duration::from_millis(200);
/// A lease lapses after 6 s.
const RENEW_INTERVAL: Duration = Duration::from_secs(2);
const WATCHED_INTERVAL: Duration = Duration::from_secs(1);

/// The lease of one run, which it does not keep alive unless somebody waits for it elsewhere.
pub(super) struct LeaseKeeper {
    version: SharedVersion,
    run: Weak<Run>,
    lease: Option<Lease>,
    state: Option<LeaseState>,
    /// Somebody waits elsewhere.
    held: Option<Arc<Run>>,
}

impl LeaseKeeper {
    /// `lease` is given if the run was taken over from another server.
    pub(super) fn new(version: SharedVersion, run: &Arc<Run>, lease: Option<Lease>) -> Self {
        Self {
            version,
            run: Arc::downgrade(run),
            lease,
            state: None,
            held: None,
        }
    }

    /// Waits for the end of the execution, and keeps the lease meanwhile.
    pub(super) async fn run_end(&mut self, pending: &PendingOutcome) -> RunEnd {
        tokio::select! {
            end = pending.run_end() => end,
            () = self.keep() => pending.run_end().await,
        }
    }

    /// Ends when the run is let go.
    async fn keep(&mut self) {
        if self.lease.is_none() {
            sleep(SHARED_AFTER).await;
        }
        let mut notices = self.version.servers.notices();
        loop {
            if let Err(error) = self.look().await {
                tracing::debug!(
                    cause = error.cause(),
                    "the lease of a run is not renewed now"
                );
            }
            let is_watched = self.state.is_some_and(|state| state.is_watched);
            let interval = if is_watched {
                WATCHED_INTERVAL
            } else {
                RENEW_INTERVAL
            };
            match self.lease {
                Some(lease) => tokio::select! {
                    () = told(&mut notices, lease.id) => {}
                    () = sleep(interval) => {}
                },
                None => sleep(interval).await,
            }
        }
    }

    /// Renews the lease, or claims one unless another server executes the same.
    async fn look(&mut self) -> Result<(), Error> {
        let store = self.version.store();
        let Some(lease) = self.lease else {
            if !self.version.servers.is_alone()
                && let Some(run) = self.run.upgrade()
                && let Claim::Ours(lease) = self.claim(&run).await?
            {
                self.lease = Some(lease);
            }
            return Ok(());
        };
        let is_watched = self.state.is_some_and(|state| state.is_watched);
        let run = self.run.upgrade();
        let progress = run
            .as_ref()
            .filter(|_| is_watched)
            .map(|run| run.progress());
        self.state = lease.renew(store, progress.as_ref()).await?;
        match self.state {
            Some(state) => {
                if let Some(run) = run.as_ref().filter(|_| state.is_cancelled) {
                    run.cancel();
                }
                self.held = run.filter(|_| state.waiters > 0);
            }
            // After a crash of the store, or where it did not respond for too long.
            None => self.lease = None,
        }
        Ok(())
    }

    async fn claim(&self, run: &Run) -> Result<Claim, Error> {
        let key = self.version.key(run.target());
        let (store, server) = (self.version.store(), self.version.server());
        Lease::claim(store, &key, server, run.asked_at()).await
    }

    /// Passes the outcome on to other servers; those who wait here already have it.
    pub(super) async fn end(self, outcome: &RunOutcome, is_abandoned: bool) {
        let Some(lease) = self.lease else {
            return;
        };
        let store = self.version.store();
        let passed_on = async {
            if is_abandoned || matches!(outcome, Err(Failure::Stopping)) {
                return lease.abandon(store).await;
            }
            if let Some(run) = self.run.upgrade() {
                // Somebody may have to act on it first.
                let _ = run.outcome().await;
            }
            let ended = match outcome {
                Err(failure) => Err(failure.clone()),
                Ok(returned) => {
                    if self.held.is_some() {
                        self.version.keep_rows(returned).await;
                    }
                    Ok(returned.result.id)
                }
            };
            lease.end(store, &ended).await
        };
        if let Err(error) = passed_on.await {
            tracing::warn!(
                cause = error.cause(),
                "the outcome of a run is not known to other servers"
            );
        }
    }
}
