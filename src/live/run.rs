//! A run of a version, shared by all who wait for it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::version::LiveVersion;
use super::{Ending, Live, Subject};
use crate::result::Rows;
use crate::run::{Failure, Observer, Progress, Running, Watching};

/// Whoever holds it waits. When the last holder drops it, its query is cancelled in PostgreSQL.
pub struct Run {
    running: Running,
    asked_at: Timestamp,
    ending: watch::Receiver<Option<Ending>>,
    followed: Notify,
}

/// The run's other end: what has to be done once it has ended.
pub(super) struct Unsettled {
    observer: Observer,
    asked_at: Timestamp,
    ending: watch::Sender<Option<Ending>>,
}

impl Run {
    pub(super) fn new(running: Running) -> (Self, Unsettled) {
        let asked_at = Timestamp::now();
        let (sender, receiver) = watch::channel(None);
        let unsettled = Unsettled {
            observer: running.observe(),
            asked_at,
            ending: sender,
        };
        let run = Self {
            running,
            asked_at,
            ending: receiver,
            followed: Notify::new(),
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
            Err(failure) => Err(self.ending().await.err().unwrap_or(failure)),
        }
    }

    /// What it came to, once that is settled.
    pub async fn ending(&self) -> Ending {
        let mut ending = self.ending.clone();
        let settled = ending.wait_for(Option::is_some).await;
        let settled = settled.ok().and_then(|ending| ending.clone());
        settled.unwrap_or(Err(Failure::Cancelled))
    }

    /// The same, if it comes to it in time.
    pub async fn ending_within(&self, wait: Duration) -> Option<Ending> {
        timeout(wait, self.ending()).await.ok()
    }

    /// Holds the run for somebody who is about to come back for it.
    pub fn hold_for(self: &Arc<Self>, time: Duration) {
        let run = self.clone();
        tokio::spawn(async move { run.ending_within(time).await });
    }

    /// The same, but only until somebody follows it: from then on the run needs no other hold.
    pub fn hold_until_followed(self: &Arc<Self>, time: Duration) {
        let run = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = run.ending_within(time) => {}
                () = run.followed.notified() => {}
            }
        });
    }

    /// Somebody who holds the run follows it from now on.
    pub fn is_followed(&self) {
        self.followed.notify_waiters();
    }

    /// Cancels it for everybody.
    pub fn cancel(&self) {
        self.running.cancel();
    }

    pub fn progress(&self) -> Progress {
        self.running.progress()
    }

    /// While somebody watches, the progress says what the run waits for.
    pub fn watch(&self) -> Watching {
        self.running.watch()
    }

    /// Whether what it returns is not older than this moment.
    pub(super) fn may_be_joined(&self) -> bool {
        !self.running.has_ended()
    }
}

impl Unsettled {
    pub(super) async fn settle(self, live: &Live, version: &Arc<LiveVersion>, subject: Subject) {
        let ended = async {
            let rows = self.observer.rows().await?;
            Ok((rows, self.observer.summary().await?))
        };
        let ended = ended.await;
        let ending = version.settle(live, subject, self.asked_at, ended).await;
        self.ending.send_replace(Some(ending));
    }
}
