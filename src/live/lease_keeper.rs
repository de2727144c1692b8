//! Lets other servers wait for a run that this one executes.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::outcome::RunOutcome;
use super::run::{PendingOutcome, Run, RunEnd};
use super::shared_version::SharedVersion;
use crate::error::Error;
use crate::model::{Claim, Lease, LeaseState};
use crate::run::Failure;
use crate::servers::told;

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
    /// A claim that has begun. It is finished even where the run ends meanwhile, since others hear of it.
    claiming: Option<JoinHandle<Result<Claim, Error>>>,
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
            claiming: None,
            state: None,
            held: None,
        }
    }

    /// Waits for the end of the execution. Claims a lease where it takes long, and keeps it meanwhile.
    pub(super) async fn run_end(&mut self, pending: &PendingOutcome) -> RunEnd {
        tokio::select! {
            end = pending.run_end() => end,
            never = self.keep() => match never {},
        }
    }

    /// Does this with what the execution returned, and keeps the lease meanwhile, if there is one.
    pub(super) async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.renew() => match never {},
        }
    }

    async fn renew(&self) -> Infallible {
        loop {
            sleep(RENEW_INTERVAL).await;
            if let Some(lease) = self.lease
                && let Err(error) = lease.renew(self.version.store(), None).await
            {
                tracing::debug!(
                    cause = error.cause(),
                    "the lease of a run is not renewed now"
                );
            }
        }
    }

    async fn keep(&mut self) -> Infallible {
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
        let Some(lease) = self.lease else {
            return self.claim().await;
        };
        let is_watched = self.state.is_some_and(|state| state.is_watched);
        let run = self.run.upgrade();
        let progress = run
            .as_ref()
            .filter(|_| is_watched)
            .map(|run| run.progress());
        self.state = lease.renew(self.version.store(), progress.as_ref()).await?;
        let Some(state) = self.state else {
            // After a crash of the store, or where it did not respond for too long.
            self.lease = None;
            return self.claim().await;
        };
        if let Some(run) = run.as_ref().filter(|_| state.is_cancelled) {
            run.cancel();
        }
        self.held = run.filter(|_| state.waiters > 0);
        Ok(())
    }

    async fn claim(&mut self) -> Result<(), Error> {
        if self.claiming.is_none()
            && !self.version.servers.is_alone()
            && let Some(run) = self.run.upgrade()
        {
            let key = self.version.key(run.target());
            self.claiming = Some(self.version.claim(key, run.asked_at()));
        }
        let Some(claiming) = &mut self.claiming else {
            return Ok(());
        };
        let claimed = claiming.await;
        self.claiming = None;
        match claimed.map_err(Error::internal)?? {
            Claim::Ours(lease) => self.lease = Some(lease),
            // Those who wait elsewhere wait for that server.
            Claim::Others(_) => self.held = None,
        }
        Ok(())
    }

    /// Passes the outcome on to other servers; those who wait here already have it.
    pub(super) async fn end(mut self, outcome: &RunOutcome, is_abandoned: bool) {
        if self.claiming.is_some() {
            let _ = self.claim().await;
        }
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
        if let Err(error) = self.meanwhile(passed_on).await {
            tracing::warn!(
                cause = error.cause(),
                "the outcome of a run is not known to other servers"
            );
        }
    }
}
