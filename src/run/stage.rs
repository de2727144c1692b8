//! What the work of a run tells those who hold or observe it.

use tokio::time::Instant;

use super::queue::Place;
use super::{Failure, Step, Wait};
use crate::result::{Rows, Summary};

pub(super) type Outcome = Result<(Rows, Summary), Failure>;

#[derive(Clone, Debug)]
pub(super) enum Stage {
    Queued(Place),
    Connecting,
    Executing {
        since: Instant,
        /// There once the columns are known.
        rows: Option<Rows>,
        wait: Option<Wait>,
    },
    Ended {
        at: Instant,
        outcome: Outcome,
    },
}

impl Stage {
    pub(super) fn executing(since: Instant) -> Self {
        Self::Executing {
            since,
            rows: None,
            wait: None,
        }
    }

    pub(super) fn ended(outcome: Outcome) -> Self {
        Self::Ended {
            at: Instant::now(),
            outcome,
        }
    }

    /// The columns are known.
    pub(super) fn receives(&mut self, arriving: &Rows) {
        if let Self::Executing { rows, .. } = self {
            *rows = Some(arriving.clone());
        }
    }

    pub(super) fn waits(&mut self, known: Option<Wait>) {
        if let Self::Executing { wait, .. } = self {
            *wait = known;
        }
    }

    pub(super) fn has_rows_or_ended(&self) -> bool {
        self.rows().is_some() || self.has_ended()
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self, Self::Ended { .. })
    }

    pub(super) fn rows(&self) -> Option<&Rows> {
        match self {
            Self::Queued(_) | Self::Connecting => None,
            Self::Executing { rows, .. } => rows.as_ref(),
            Self::Ended { outcome, .. } => outcome.as_ref().ok().map(|(rows, _)| rows),
        }
    }

    pub(super) fn step(&self) -> Step {
        match self {
            Self::Queued(place) => Step::Queued { place: place.now() },
            Self::Connecting => Step::Connecting,
            Self::Executing { since, wait, .. } => Step::Executing {
                elapsed: since.elapsed(),
                wait: wait.clone(),
            },
            Self::Ended { .. } => Step::Ended,
        }
    }
}
