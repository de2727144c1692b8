//! A run's progress, for the people who wait for it.

use std::time::Duration;

use crate::run::Wait;

/// The progress at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    /// Rows received so far; 0 again after a failure, since they are discarded.
    pub rows: u64,
    /// From the request until the end of the run.
    pub elapsed: Duration,
    /// The limit for the time in [`Step::Executing`].
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// All connections to the database are in use.
    Queued {
        /// Counted from 1, which is next.
        place: usize,
    },
    /// A connection is being opened, or about to be used.
    Connecting,
    /// PostgreSQL has the statement: parses it, waits for locks, executes it or sends rows.
    Executing {
        /// Counts towards the timeout.
        elapsed: Duration,
        /// Known only while someone is watching, and after a second.
        wait: Option<Wait>,
    },
    Ended,
}
