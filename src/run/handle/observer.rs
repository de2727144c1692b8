//! A run in progress, for those who only watch it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::progress_watchers::Watchers;
use super::stage::Stage;
use super::times::RunTimes;
use crate::result::{Rows, Summary};
use crate::run::{Failure, Progress, Step, Watching};

/// Gives a run's rows, end and progress; neither keeps the run alive nor cancels it.
#[derive(Clone, Debug)]
pub struct Observer {
    requested_at: Instant,
    timeout: Duration,
    stage: watch::Receiver<Stage>,
    watchers: Watchers,
    times: RunTimes,
}

impl Observer {
    pub(in crate::run) fn new(
        timeout: Duration,
        stage: watch::Receiver<Stage>,
        watchers: Watchers,
        times: RunTimes,
    ) -> Self {
        Self {
            requested_at: Instant::now(),
            timeout,
            stage,
            watchers,
            times,
        }
    }

    /// The rows, as soon as the columns are known.
    pub async fn rows(&self) -> Result<Rows, Failure> {
        match self.when(Stage::has_rows_or_ended).await {
            Stage::Executing { rows, .. } => rows.ok_or(Failure::Cancelled),
            Stage::Ended { outcome, .. } => outcome.map(|(rows, _)| rows),
            Stage::Queued(_) | Stage::Connecting => Err(Failure::Cancelled),
        }
    }

    /// The summary, once the last row has arrived.
    pub async fn summary(&self) -> Result<Summary, Failure> {
        match self.when(Stage::has_ended).await {
            Stage::Ended { outcome, .. } => outcome.map(|(_, summary)| summary),
            Stage::Queued(_) | Stage::Connecting | Stage::Executing { .. } => {
                Err(Failure::Cancelled)
            }
        }
    }

    /// Waits for the end, successful or not.
    pub async fn ended(&self) {
        self.when(Stage::has_ended).await;
    }

    pub fn has_ended(&self) -> bool {
        self.stage.borrow().has_ended() || self.has_vanished()
    }

    /// The current progress. Does not wait.
    pub fn progress(&self) -> Progress {
        let stage = self.stage.borrow();
        let elapsed = match &*stage {
            Stage::Ended { at, .. } => at.duration_since(self.requested_at),
            Stage::Queued(_) | Stage::Connecting | Stage::Executing { .. } => {
                self.requested_at.elapsed()
            }
        };
        Progress {
            step: match self.has_vanished() {
                true => Step::Ended,
                false => stage.step(),
            },
            rows: stage.rows_so_far(),
            elapsed,
            timeout: self.timeout,
        }
    }

    /// Where its time went.
    pub fn times(&self) -> RunTimes {
        self.times.clone()
    }

    /// As long as one of these exists, [`Step::Executing`] includes what the run waits for: PostgreSQL is requested_at every
    /// second.
    pub fn watch(&self) -> Watching {
        self.watchers.add()
    }

    /// The first stage that satisfies the condition, or the last one if the run's task has ended before.
    async fn when(&self, is_reached: impl Fn(&Stage) -> bool) -> Stage {
        let mut stage = self.stage.clone();
        let reached = stage.wait_for(is_reached).await.map(|stage| stage.clone());
        reached.unwrap_or_else(|_| self.stage.borrow().clone())
    }

    /// The run's task has ended, normally after publishing its end.
    fn has_vanished(&self) -> bool {
        self.stage.has_changed().is_err()
    }
}
