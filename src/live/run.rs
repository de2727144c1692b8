//! A run of a version, shared by all who wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::version::LiveVersion;
use super::{Live, RunOutcome, Subject};
use crate::result::{Rows, Summary};
use crate::run::{Failure, Observer, Progress, Running, Target, Watching};

/// Whoever holds it waits. When the last holder drops it, its query is cancelled in PostgreSQL.
pub struct Run {
    running: Running,
    target: Target,
    /// Whether somebody asked for its end, as opposed to nobody waiting any more.
    is_cancelled: Arc<AtomicBool>,
    asked_at: Timestamp,
    ending: watch::Receiver<Option<RunOutcome>>,
    followed: Notify,
    /// How many have something to do with what it returns before anybody else sees that.
    claims: watch::Sender<usize>,
}

/// While it lives, the run has not come to its ending for others.
pub struct Claim(Arc<Run>);

/// The run's other end: what has to be done once it has ended.
pub(super) struct Unsettled {
    observer: Observer,
    is_cancelled: Arc<AtomicBool>,
    asked_at: Timestamp,
    ending: watch::Sender<Option<RunOutcome>>,
}

/// How a run ended.
pub(super) enum Ended {
    Well(Rows, Summary),
    Failed(Failure),
    /// Nobody waited any more, or the server stops.
    Abandoned,
}

impl Run {
    pub(super) fn new(running: Running, target: Target) -> (Self, Unsettled) {
        let asked_at = Timestamp::now();
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = watch::channel(None);
        let unsettled = Unsettled {
            observer: running.observe(),
            is_cancelled: is_cancelled.clone(),
            asked_at,
            ending: sender,
        };
        let run = Self {
            running,
            target,
            is_cancelled,
            asked_at,
            ending: receiver,
            followed: Notify::new(),
            claims: watch::Sender::new(0),
        };
        (run, unsettled)
    }

    /// When the first one asked for it. Nothing of what it returns is older.
    pub fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// The rows, from the moment the columns are known; or what it came to instead, once that is settled.
    pub async fn rows(&self) -> Result<Rows, Failure> {
        match self.running.rows().await {
            Ok(rows) => Ok(rows),
            Err(failure) => Err(self.outcome().await.err().unwrap_or(failure)),
        }
    }

    /// What it came to, once that is settled and nobody has a claim on it.
    pub async fn outcome(&self) -> RunOutcome {
        let ending = self.settled().await;
        let mut claims = self.claims.subscribe();
        // The sender is the run's own.
        let _ = claims.wait_for(|claims| *claims == 0).await;
        ending
    }

    pub fn claim(self: &Arc<Self>) -> Claim {
        self.claims.send_modify(|claims| *claims += 1);
        Claim(self.clone())
    }

    async fn settled(&self) -> RunOutcome {
        let mut ending = self.ending.clone();
        let settled = ending.wait_for(Option::is_some).await;
        let settled = settled.ok().and_then(|ending| ending.clone());
        settled.unwrap_or(Err(Failure::Cancelled))
    }

    /// The same, if it comes to it in time.
    pub async fn outcome_within(&self, wait: Duration) -> Option<RunOutcome> {
        timeout(wait, self.outcome()).await.ok()
    }

    /// Holds the run for somebody who is about to come back for it.
    pub fn hold_for(self: &Arc<Self>, time: Duration) {
        let run = self.clone();
        tokio::spawn(async move { run.outcome_within(time).await });
    }

    /// The same, but only until somebody follows it: from then on the run needs no other hold.
    pub fn hold_until_followed(self: &Arc<Self>, time: Duration) {
        let run = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = run.outcome_within(time) => {}
                () = run.followed.notified() => {}
            }
        });
    }

    /// Somebody who holds the run follows it from now on: those who would hold it until then let go.
    pub fn end_holds(&self) {
        self.followed.notify_waiters();
    }

    /// Cancels it for everybody.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        self.running.cancel();
    }

    pub fn progress(&self) -> Progress {
        self.running.progress()
    }

    /// While somebody watches, the progress says what the run waits for.
    pub fn watch(&self) -> Watching {
        self.running.watch()
    }

    /// Whether somebody who asks now for what this database holds may have what the run returns.
    pub(super) fn may_be_joined(&self, target: &Target) -> bool {
        self.goes_on() && self.target.is_same(target)
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.running.has_ended() && !self.running.is_cancelled()
    }
}

impl Claim {
    /// What the run came to, before others see it.
    pub async fn outcome(&self) -> RunOutcome {
        self.0.settled().await
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.claims.send_modify(|claims| *claims -= 1);
    }
}

impl Unsettled {
    pub(super) async fn settle(
        self,
        live: &Arc<Live>,
        version: &Arc<LiveVersion>,
        subject: Subject,
    ) {
        let ended = async {
            let rows = self.observer.rows().await?;
            Ok::<_, Failure>((rows, self.observer.summary().await?))
        };
        let ended = match ended.await {
            Err(Failure::Cancelled) if !self.is_cancelled.load(Ordering::Relaxed) => {
                Ended::Abandoned
            }
            Err(failure) => Ended::Failed(failure),
            Ok((rows, summary)) => Ended::Well(rows, summary),
        };
        let ending = version.settle(live, subject, self.asked_at, ended).await;
        self.ending.send_replace(Some(ending));
    }
}
