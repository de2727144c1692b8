//! Waits here for a run that another server executes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::elsewhere::RunElsewhere;
use super::outcome::RunOutcome;
use super::shared_version::{SharedVersion, told};
use crate::error::Error;
use crate::model::{Claim, Lease, Look, RunKey};
use crate::run::Failure;

/// How often a server that waits looks at the run; notices wake it earlier.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// After the store has not responded for this long, the server that waits executes the run itself.
const STORE_WAIT: Duration = Duration::from_secs(10);

pub(super) struct Waiter {
    version: SharedVersion,
    run: Arc<RunElsewhere>,
    key: RunKey,
    lease: Lease,
}

/// What becomes of those who wait.
pub(super) enum Waited {
    Outcome(Box<RunOutcome>),
    /// This server has to execute the run, with the lease if it could take that over.
    Execute(Option<Lease>),
}

impl Waiter {
    pub(super) fn new(
        version: SharedVersion,
        run: Arc<RunElsewhere>,
        key: RunKey,
        lease: Lease,
    ) -> Self {
        Self {
            version,
            run,
            key,
            lease,
        }
    }

    /// Ends with the other server's run, when that server is gone, or when nobody waits here any longer.
    pub(super) async fn wait(mut self) -> Waited {
        let run = self.run.clone();
        tokio::select! {
            waited = self.follow() => return waited,
            () = run.left() => {}
        }
        let (store, server) = (self.version.store(), self.version.server());
        if let Err(error) = self.lease.leave(store, server).await {
            tracing::debug!(
                cause = error.cause(),
                "another server learns later that nobody waits"
            );
        }
        Waited::Outcome(Box::new(Err(Failure::Cancelled)))
    }

    async fn follow(&mut self) -> Waited {
        let mut notices = self.version.servers.notices();
        let mut responded_at = Instant::now();
        let (mut is_new, mut is_cancelled) = (true, false);
        loop {
            match self.look(is_new).await {
                // It ended before anybody waited here: what it returned may be too old.
                Ok(Look::Ended(_)) if is_new => return Waited::Execute(None),
                Ok(Look::Ended(ended)) => {
                    return match self.version.read(ended).await {
                        Ok(Some(outcome)) => Waited::Outcome(Box::new(outcome)),
                        // The rows are gone already.
                        Ok(None) | Err(_) => Waited::Execute(None),
                    };
                }
                Ok(Look::Abandoned) => match self.claim().await {
                    Ok(Claim::Ours(lease)) => return Waited::Execute(Some(lease)),
                    Ok(Claim::Others(lease)) => {
                        self.lease = lease;
                        is_new = true;
                        continue;
                    }
                    Err(_) => {}
                },
                Ok(Look::Running(progress)) => {
                    is_new = false;
                    responded_at = Instant::now();
                    self.run.set_progress(progress);
                }
                Err(_) if responded_at.elapsed() > STORE_WAIT => return Waited::Execute(None),
                Err(_) => {}
            }
            tokio::select! {
                () = told(&mut notices, self.lease.id) => {}
                () = sleep(LOOK_INTERVAL) => {}
                () = self.run.cancelled(), if !is_cancelled => {
                    is_cancelled = self.lease.cancel(self.version.store()).await.is_ok();
                }
            }
        }
    }

    async fn look(&self, is_new: bool) -> Result<Look, Error> {
        let (store, server) = (self.version.store(), self.version.server());
        let watches = self.run.is_watched();
        self.lease.wait(store, server, watches, is_new).await
    }

    async fn claim(&self) -> Result<Claim, Error> {
        let (store, server) = (self.version.store(), self.version.server());
        Lease::claim(store, &self.key, server, self.lease.asked_at).await
    }
}
