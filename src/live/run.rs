//! A run of a version, shared by all who wait for it. Does not know how its outcome is recorded.

mod audit;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::elsewhere::RunElsewhere;
use super::outcome::RunOutcome;
use crate::result::{Rows, Summary};
use crate::run::{CancelOnDrop, Failure, Observer, Progress, RunTimes, Target, Watching};
pub(super) use audit::{AuditedRun, RunAudit};
use waiting::Waiting;

/// How often a run that was taken over says how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// Held by everyone who waits for the run. When the last one drops it, the query is cancelled in PostgreSQL, unless
/// somebody waits for it at another server.
pub struct Run {
    execution: Execution,
    target: Target,
    /// Whether somebody cancelled it, as opposed to nobody waiting for it.
    is_cancelled: Arc<AtomicBool>,
    asked_at: Timestamp,
    outcome: watch::Receiver<Option<RunOutcome>>,
    followed: Notify,
    /// How many need to act on the outcome before others see it.
    claims: watch::Sender<usize>,
    waiting: Waiting,
}

/// Which server executes the run.
enum Execution {
    /// Cancels the query when the last reader has left.
    Here(CancelOnDrop),
    Elsewhere(Arc<RunElsewhere>),
}

/// While one of these lives, only its holder sees the outcome.
pub struct Claim(Arc<Run>);

/// The other end of a [`Run`], which does not keep it alive: waits until its execution has ended, and publishes the
/// outcome.
pub(super) struct PendingOutcome {
    observer: Observer,
    is_cancelled: Arc<AtomicBool>,
    outcome: watch::Sender<Option<RunOutcome>>,
}

/// How the execution of a run ended, before that is recorded.
pub(super) enum RunEnd {
    Returned(Rows, Summary),
    Failed(Failure),
    /// Nobody was waiting for it, or the server is stopping.
    Abandoned,
}

impl Run {
    pub(super) fn new(running: CancelOnDrop, target: Target) -> (Self, PendingOutcome) {
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = watch::channel(None);
        let pending = PendingOutcome {
            observer: running.observe(),
            is_cancelled: is_cancelled.clone(),
            outcome: sender,
        };
        let asked_at = Timestamp::now();
        let run = Self::with(
            Execution::Here(running),
            target,
            is_cancelled,
            asked_at,
            receiver,
        );
        (run, pending)
    }

    /// A run that another server executes, and the sender of its outcome.
    pub(super) fn elsewhere(
        run: Arc<RunElsewhere>,
        target: Target,
        asked_at: Timestamp,
    ) -> (Self, watch::Sender<Option<RunOutcome>>) {
        let (sender, receiver) = watch::channel(None);
        let execution = Execution::Elsewhere(run);
        let run = Self::with(execution, target, Arc::default(), asked_at, receiver);
        (run, sender)
    }

    fn with(
        execution: Execution,
        target: Target,
        is_cancelled: Arc<AtomicBool>,
        asked_at: Timestamp,
        outcome: watch::Receiver<Option<RunOutcome>>,
    ) -> Self {
        Self {
            execution,
            target,
            is_cancelled,
            asked_at,
            outcome,
            followed: Notify::new(),
            claims: watch::Sender::new(0),
            waiting: Waiting::default(),
        }
    }

    /// When the run was first requested. Nothing that it returns is older.
    pub fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// The rows, once the columns are known; or the failure, once it is recorded.
    pub async fn rows(&self) -> Result<Rows, Failure> {
        match &self.execution {
            Execution::Here(running) => match running.rows().await {
                Ok(rows) => Ok(rows),
                // If nothing was returned, the newest result may take its place.
                Err(_) => Ok(self.outcome().await?.rows),
            },
            Execution::Elsewhere(_) => Ok(self.outcome().await?.rows),
        }
    }

    /// The outcome, once it is recorded and no claim is left.
    pub async fn outcome(&self) -> RunOutcome {
        let outcome = self.recorded_outcome().await;
        let mut claims = self.claims.subscribe();
        // Cannot fail: the run owns the sender.
        let _ = claims.wait_for(|claims| *claims == 0).await;
        outcome
    }

    /// The same, unless it takes longer than this.
    pub async fn outcome_within(&self, wait: Duration) -> Option<RunOutcome> {
        timeout(wait, self.outcome()).await.ok()
    }

    /// The outcome for those who waited for the run elsewhere, and see it as that one.
    pub(super) async fn outcome_for(&self, elsewhere: &RunElsewhere) -> RunOutcome {
        let _watching = self.watch();
        loop {
            elsewhere.set_progress(Some(self.progress()));
            tokio::select! {
                outcome = self.outcome() => return outcome,
                () = elsewhere.left() => return Err(Failure::Cancelled),
                () = elsewhere.cancelled(), if self.is_running() => self.cancel(),
                () = sleep(PROGRESS_INTERVAL) => {}
            }
        }
    }

    /// Lets the holder act on the outcome before others see it.
    pub fn claim(self: &Arc<Self>) -> Claim {
        self.claims.send_modify(|claims| *claims += 1);
        Claim(self.clone())
    }

    /// Keeps the run alive for somebody who is about to come back for it.
    pub fn hold_for(self: &Arc<Self>, time: Duration) {
        let run = self.clone();
        tokio::spawn(async move { run.outcome_within(time).await });
    }

    /// The same, but only until somebody follows it: then they keep it alive.
    pub fn hold_until_followed(self: &Arc<Self>, time: Duration) {
        let run = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = run.outcome_within(time) => {}
                () = run.followed.notified() => {}
            }
        });
    }

    /// Ends every [`Run::hold_until_followed`]: somebody who holds the run follows it from now on.
    pub fn end_holds(&self) {
        self.followed.notify_waiters();
    }

    /// Cancels it for everybody.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        match &self.execution {
            Execution::Here(running) => running.cancel(),
            Execution::Elsewhere(run) => run.cancel(),
        }
    }

    pub fn progress(&self) -> Progress {
        match &self.execution {
            Execution::Here(running) => running.progress(),
            Execution::Elsewhere(run) => run.progress(),
        }
    }

    /// Where its time went, if this server executes it.
    pub fn times(&self) -> Option<RunTimes> {
        match &self.execution {
            Execution::Here(running) => Some(running.times()),
            Execution::Elsewhere(_) => None,
        }
    }

    /// While somebody watches, the progress includes what the run waits for.
    pub fn watch(&self) -> Watching {
        match &self.execution {
            Execution::Here(running) => running.watch(),
            Execution::Elsewhere(run) => run.watch(),
        }
    }

    /// Those who wait for it here.
    pub(super) fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the run may also serve somebody who asks for the data of this database now.
    pub(super) fn may_be_joined(&self, target: &Target) -> bool {
        self.is_running() && self.target.is_same(target)
    }

    /// Whether this server executes it.
    pub(super) fn is_here(&self) -> bool {
        matches!(self.execution, Execution::Here(_))
    }

    pub(super) fn is_running(&self) -> bool {
        match &self.execution {
            Execution::Here(running) => !running.has_ended() && !running.is_cancelled(),
            Execution::Elsewhere(run) => self.outcome.borrow().is_none() && !run.is_cancelled(),
        }
    }

    /// Whether it is over, at this server or at the one that executes it.
    pub(super) fn has_ended(&self) -> bool {
        match &self.execution {
            Execution::Here(running) => running.has_ended(),
            Execution::Elsewhere(_) => self.outcome.borrow().is_some(),
        }
    }

    async fn recorded_outcome(&self) -> RunOutcome {
        let mut outcome = self.outcome.clone();
        let recorded = outcome.wait_for(Option::is_some).await;
        let recorded = recorded.ok().and_then(|outcome| outcome.clone());
        recorded.unwrap_or(Err(Failure::Cancelled))
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        if let Self::Elsewhere(run) = self {
            run.leave();
        }
    }
}

impl Claim {
    /// The outcome, before others see it.
    pub async fn outcome(&self) -> RunOutcome {
        self.0.recorded_outcome().await
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.claims.send_modify(|claims| *claims -= 1);
    }
}

impl PendingOutcome {
    /// Waits for the end of the execution.
    pub(super) async fn run_end(&self) -> RunEnd {
        let returned = async {
            let rows = self.observer.rows().await?;
            Ok::<_, Failure>((rows, self.observer.summary().await?))
        };
        match returned.await {
            Err(Failure::Cancelled) if !self.is_cancelled.load(Ordering::Relaxed) => {
                RunEnd::Abandoned
            }
            Err(failure) => RunEnd::Failed(failure),
            Ok((rows, summary)) => RunEnd::Returned(rows, summary),
        }
    }

    /// Gives the outcome to all who wait.
    pub(super) fn publish(self, outcome: RunOutcome) {
        self.outcome.send_replace(Some(outcome));
    }
}
