//! How far a run has come, for the people who wait for it.

use std::time::Duration;

use crate::run::Wait;

/// A run at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    /// Rows that have arrived; 0 again once the run has failed, since then they are gone.
    pub rows: u64,
    /// Since the run was asked for, until it ended.
    pub elapsed: Duration,
    /// What the time of [`Step::Executing`] is limited to.
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// All connections to the database are in use.
    Queued {
        /// From 1, which is next.
        place: usize,
    },
    /// A connection is being opened, or about to be used.
    Connecting,
    /// PostgreSQL has the text: parses it, waits for locks, executes it or sends rows.
    Executing {
        /// Counts against the timeout.
        elapsed: Duration,
        /// Known only while somebody watches, and after a second.
        wait: Option<Wait>,
    },
    Ended,
}
