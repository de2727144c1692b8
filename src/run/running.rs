//! A run in progress, as seen by those who wait for it.

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Failure;
use crate::result::{Rows, Summary};

/// A handle to a run. When it is dropped the query is cancelled in PostgreSQL.
#[derive(Debug)]
pub struct Running {
    stage: watch::Receiver<Stage>,
    _leave: DropGuard,
}

/// How far a run has come.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Waits for a connection, or for the first row.
    Waiting,
    /// The columns are known and rows arrive.
    Receiving(Rows),
    Finished(Rows, Summary),
    Failed(Failure),
}

impl Running {
    pub(super) fn new(stop: CancellationToken) -> (watch::Sender<Stage>, Self) {
        let (sender, stage) = watch::channel(Stage::Waiting);
        let running = Self {
            stage,
            _leave: stop.drop_guard(),
        };
        (sender, running)
    }

    /// The rows, from the moment the columns are known.
    pub async fn rows(&self) -> Result<Rows, Failure> {
        match self.when(|stage| !matches!(stage, Stage::Waiting)).await {
            Stage::Receiving(rows) | Stage::Finished(rows, _) => Ok(rows),
            Stage::Failed(failure) => Err(failure),
            Stage::Waiting => Err(Failure::Cancelled),
        }
    }

    /// What is known once the last row is there.
    pub async fn summary(&self) -> Result<Summary, Failure> {
        let has_ended = |stage: &Stage| matches!(stage, Stage::Finished(..) | Stage::Failed(_));
        match self.when(has_ended).await {
            Stage::Finished(_, summary) => Ok(summary),
            Stage::Failed(failure) => Err(failure),
            Stage::Waiting | Stage::Receiving(_) => Err(Failure::Cancelled),
        }
    }

    /// The stage when it is as asked, or the last one if the run vanished before.
    async fn when(&self, is_reached: impl FnMut(&Stage) -> bool) -> Stage {
        let mut stage = self.stage.clone();
        let reached = stage.wait_for(is_reached).await.map(|stage| stage.clone());
        reached.unwrap_or_else(|_| self.stage.borrow().clone())
    }
}
