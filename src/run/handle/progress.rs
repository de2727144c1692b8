//! A run's progress, for the people who wait for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::run::Wait;

/// The progress at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub step: Step,
    /// Rows received so far; 0 again after a failure, since they are discarded.
    pub rows: u64,
    /// From the request until the end of the run.
    pub elapsed: Duration,
    /// The limit for the time in [`Step::Executing`].
    pub timeout: Duration,
}

impl Progress {
    /// The same, this much later.
    pub fn later(&self, time: Duration) -> Self {
        let mut later = self.clone();
        later.elapsed += time;
        if let Step::Executing { elapsed, .. } = &mut later.step {
            *elapsed += time;
        }
        later
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        /// For how long the database has not answered. Known as `wait` is; unknown to servers of an earlier version.
        #[serde(default)]
        silent_for: Option<Duration>,
    },
    Ended,
}
