//! A run that another server executes, as those see it who wait for it here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::outcome::RunOutcome;
use super::run::Run;
use super::version::LiveVersion;
use crate::error::Error;
use crate::model::{Claim, Lease, Look, Notice, RunKey, Subject};
use crate::run::{Failure, Progress, Query, Step, Target, Watchers, Watching};

/// How often a server looks that waits; notices only wake it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Whoever waits executes the run itself, where the store has not responded for so long.
const STORE_WAIT: Duration = Duration::from_secs(10);

/// The runs that other servers execute, as far as they have told.
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
    /// The run that goes on here where the other server has stopped.
    successor: OnceLock<Arc<Run>>,
}

impl RunsElsewhere {
    pub(super) fn find(&self, key: &RunKey) -> Option<Lease> {
        self.runs().get(key).copied()
    }

    /// Those of a version with one set of values, whatever the database.
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
            successor: OnceLock::new(),
        }
    }

    /// Cancels it for everybody.
    pub(super) fn cancel(&self) {
        self.cancelled.cancel();
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Nobody waits here any longer.
    pub(super) fn leave(&self) {
        self.left.cancel();
    }

    pub(super) fn watch(&self) -> Watching {
        match self.successor.get() {
            Some(run) => run.watch(),
            None => self.watchers.add(),
        }
    }

    pub(super) fn progress(&self) -> Progress {
        if let Some(run) = self.successor.get() {
            return run.progress();
        }
        match &*self.last_progress() {
            Some((progress, read_at)) => progress.later(read_at.elapsed()),
            None => Progress {
                step: Step::Connecting,
                rows: 0,
                elapsed: Timestamp::now()
                    .duration_since(self.asked_at)
                    .try_into()
                    .unwrap_or_default(),
                timeout: Duration::ZERO,
            },
        }
    }

    fn last_progress(&self) -> MutexGuard<'_, Option<(Progress, Instant)>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits here for a run that another server executes.
pub(super) struct Waiter {
    pub(super) version: Arc<LiveVersion>,
    pub(super) run: Arc<RunElsewhere>,
    pub(super) lease: Lease,
    pub(super) target: Target,
    pub(super) query: Query,
}

impl Waiter {
    /// The outcome: that of the other server's run; or, where that server has stopped, of one that is executed here.
    pub(super) async fn outcome(mut self) -> RunOutcome {
        let left = self.run.left.clone();
        tokio::select! {
            outcome = self.follow() => return outcome,
            () = left.cancelled() => {}
        }
        let (store, server) = (self.version.store(), self.version.server());
        if let Err(error) = self.lease.leave(store, server).await {
            tracing::debug!(
                cause = error.cause(),
                "another server learns later that nobody waits"
            );
        }
        Err(Failure::Cancelled)
    }

    async fn follow(&mut self) -> RunOutcome {
        let mut notices = self.version.notices();
        let mut responded_at = Instant::now();
        let (mut is_new, mut is_cancelled) = (true, false);
        loop {
            match self.look(is_new).await {
                // It ended before anybody waited here: what it returned may be too old.
                Ok(Look::Ended(_)) if is_new => return self.execute(None).await,
                Ok(Look::Ended(ended)) => {
                    return match self.version.read(ended).await {
                        Ok(Some(outcome)) => outcome,
                        // The rows are gone already.
                        Ok(None) | Err(_) => self.execute(None).await,
                    };
                }
                Ok(Look::Abandoned) => match self.claim().await {
                    Ok(Claim::Ours(lease)) => return self.execute(Some(lease)).await,
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
                    let read_at = Instant::now();
                    *self.run.last_progress() = progress.map(|progress| (progress, read_at));
                }
                Err(_) if responded_at.elapsed() > STORE_WAIT => return self.execute(None).await,
                Err(_) => {}
            }
            tokio::select! {
                () = told(&mut notices, self.lease.id) => {}
                () = sleep(LOOK_INTERVAL) => {}
                () = self.run.cancelled.cancelled(), if !is_cancelled => {
                    is_cancelled = self.lease.cancel(self.version.store()).await.is_ok();
                }
            }
        }
    }

    async fn look(&self, is_new: bool) -> Result<Look, Error> {
        let (store, server) = (self.version.store(), self.version.server());
        let watches = !self.run.watchers.is_empty();
        self.lease.wait(store, server, watches, is_new).await
    }

    async fn claim(&self) -> Result<Claim, Error> {
        let key = self.version.key(&self.target);
        let (store, server) = (self.version.store(), self.version.server());
        Lease::claim(store, &key, server, self.run.asked_at).await
    }

    async fn execute(&self, lease: Option<Lease>) -> RunOutcome {
        let run = self.version.execute(&self.target, &self.query, lease);
        let _ = self.run.successor.set(run.clone());
        if self.run.is_cancelled() {
            run.cancel();
        }
        tokio::select! {
            outcome = run.outcome() => outcome,
            () = self.run.cancelled.cancelled() => {
                run.cancel();
                run.outcome().await
            }
        }
    }
}

/// Waits for a notice about a run.
pub(super) async fn told(notices: &mut Receiver<Notice>, run: i64) {
    loop {
        match notices.recv().await {
            Ok(Notice::Run { id } | Notice::Ended { id }) if id == run => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            // No server without a listener.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
