//! Waits here for a run that another server executes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::elsewhere::RunElsewhere;
use super::outcome::RunOutcome;
use super::shared_version::SharedVersion;
use crate::error::Error;
use crate::model::{Claim, Lease, Look, RunKey};
use crate::run::Failure;
use crate::servers::told;

/// How often a server that waits looks at the run; notices wake it earlier.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// After the store has not responded for this long, the server that waits executes the run itself.
const STORE_WAIT: Duration = Duration::from_secs(10);

pub(super) struct Waiter {
    version: SharedVersion,
    run: Arc<RunElsewhere>,
    key: RunKey,
    lease: Lease,
    /// A claim that has begun. It is finished even where nobody waits any longer, since others hear of it.
    claiming: Option<JoinHandle<Result<Claim, Error>>>,
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
            claiming: None,
        }
    }

    /// Ends with the other server's run, when that server is gone, when nobody waits here any longer, or when this server
    /// stops.
    pub(super) async fn wait(mut self, stopped: impl Future<Output = ()>) -> Waited {
        let run = self.run.clone();
        let failure = tokio::select! {
            waited = self.follow() => return waited,
            () = run.left() => Failure::Cancelled,
            () = stopped => Failure::Stopping,
        };
        if let Err(error) = self.leave().await {
            tracing::debug!(
                cause = error.cause(),
                "another server learns later that nobody waits"
            );
        }
        Waited::Outcome(Box::new(Err(failure)))
    }

    async fn leave(&mut self) -> Result<(), Error> {
        let (store, server) = (self.version.store().clone(), self.version.server());
        if self.claiming.is_some()
            && let Claim::Ours(lease) = self.claim().await?
        {
            return lease.abandon(&store).await;
        }
        self.lease.leave(&store, server).await
    }

    async fn follow(&mut self) -> Waited {
        let mut notices = self.version.servers.notices();
        let mut responded_at = Instant::now();
        let (mut is_new, mut is_cancelled) = (true, false);
        loop {
            match self.look(is_new).await {
                // It ended before anybody waited here: what it returned may be too old.
                Ok(Look::Ended(_)) if is_new => return self.execute(None),
                Ok(Look::Ended(ended)) => {
                    return match self.version.read(ended).await {
                        Ok(Some(outcome)) => Waited::Outcome(Box::new(outcome)),
                        // The rows are gone already.
                        Ok(None) | Err(_) => self.execute(None),
                    };
                }
                Ok(Look::Abandoned) => match self.claim().await {
                    Ok(Claim::Ours(lease)) => return self.execute(Some(lease)),
                    Ok(Claim::Others(lease)) => {
                        self.lease = lease;
                        (is_new, is_cancelled) = (true, false);
                        continue;
                    }
                    Err(_) => {}
                },
                Ok(Look::Running(progress)) => {
                    is_new = false;
                    responded_at = Instant::now();
                    self.run.set_progress(progress);
                }
                Err(_) if responded_at.elapsed() > STORE_WAIT => return self.execute(None),
                Err(_) => {}
            }
            tokio::select! {
                () = told(&mut notices, self.lease.id) => {}
                () = sleep(LOOK_INTERVAL) => {}
                () = self.run.cancelled(), if !is_cancelled => {
                    is_cancelled = self.lease.cancel(self.version.store()).await.is_ok();
                    if !is_cancelled {
                        sleep(LOOK_INTERVAL).await;
                    }
                }
            }
        }
    }

    /// Nobody executes for those who cancelled it.
    fn execute(&self, lease: Option<Lease>) -> Waited {
        match self.run.is_cancelled() && lease.is_none() {
            true => Waited::Outcome(Box::new(Err(Failure::Cancelled))),
            false => Waited::Execute(lease),
        }
    }

    async fn look(&self, is_new: bool) -> Result<Look, Error> {
        let (store, server) = (self.version.store(), self.version.server());
        let watches = self.run.is_watched();
        self.lease.wait(store, server, watches, is_new).await
    }

    async fn claim(&mut self) -> Result<Claim, Error> {
        let (version, key, asked_at) = (&self.version, &self.key, self.lease.asked_at);
        let claiming = self
            .claiming
            .get_or_insert_with(|| version.claim(key.clone(), asked_at));
        let claimed = claiming.await;
        self.claiming = None;
        claimed.map_err(Error::internal)?
    }
}
