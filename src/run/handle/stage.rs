//! The stage of a run, published by its task to those who hold or observe it.

use tokio::time::Instant;

use crate::result::{Rows, Summary};
use crate::run::pool::queue::Place;
use crate::run::{Failure, Step, Wait};

pub(in crate::run) type Outcome = Result<(Rows, Summary), Failure>;

#[derive(Clone, Debug)]
pub(in crate::run) enum Stage {
    Queued(Place),
    Connecting,
    Executing {
        since: Instant,
        /// `Some` once the columns are known.
        rows: Option<Rows>,
        /// The rows are counted but not given away: the run may begin again elsewhere.
        are_held: bool,
        wait: Option<Wait>,
        /// Since when the database has not answered, where that is noticed.
        silent_since: Option<Instant>,
    },
    Ended {
        at: Instant,
        outcome: Outcome,
    },
}

impl Stage {
    pub(in crate::run) fn executing(since: Instant) -> Self {
        Self::Executing {
            since,
            rows: None,
            are_held: false,
            wait: None,
            silent_since: None,
        }
    }

    pub(in crate::run) fn ended(outcome: Outcome) -> Self {
        Self::Ended {
            at: Instant::now(),
            outcome,
        }
    }

    /// Called when the columns are known.
    pub(in crate::run) fn set_rows(&mut self, arriving: &Rows) {
        if let Self::Executing { rows, .. } = self {
            *rows = Some(arriving.clone());
        }
    }

    /// The same for a run that may begin again: its rows are given away once it has ended.
    pub(in crate::run) fn hold_rows(&mut self, arriving: &Rows) {
        self.set_rows(arriving);
        if let Self::Executing { are_held, .. } = self {
            *are_held = true;
        }
    }

    pub(in crate::run) fn set_wait(&mut self, known: Option<Wait>, silent: Option<Instant>) {
        if let Self::Executing {
            wait, silent_since, ..
        } = self
        {
            *wait = known;
            *silent_since = silent;
        }
    }

    pub(in crate::run) fn has_rows_or_ended(&self) -> bool {
        self.rows().is_some() || self.has_ended()
    }

    pub(in crate::run) fn has_ended(&self) -> bool {
        matches!(self, Self::Ended { .. })
    }

    pub(in crate::run) fn rows(&self) -> Option<&Rows> {
        match self {
            Self::Queued(_) | Self::Connecting => None,
            Self::Executing { are_held: true, .. } => None,
            Self::Executing { rows, .. } => rows.as_ref(),
            Self::Ended { outcome, .. } => outcome.as_ref().ok().map(|(rows, _)| rows),
        }
    }

    pub(in crate::run) fn rows_so_far(&self) -> u64 {
        match self {
            Self::Executing { rows, .. } => rows.as_ref().map_or(0, Rows::rows_so_far),
            Self::Queued(_) | Self::Connecting | Self::Ended { .. } => {
                self.rows().map_or(0, Rows::rows_so_far)
            }
        }
    }

    pub(in crate::run) fn step(&self) -> Step {
        match self {
            Self::Queued(place) => Step::Queued { place: place.now() },
            Self::Connecting => Step::Connecting,
            Self::Executing {
                since,
                wait,
                silent_since,
                ..
            } => Step::Executing {
                elapsed: since.elapsed(),
                wait: wait.clone(),
                silent_for: silent_since.map(|since| since.elapsed()),
            },
            Self::Ended { .. } => Step::Ended,
        }
    }
}
