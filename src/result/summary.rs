//! What is known of a result once its run has ended.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Checksum, Cut, ReadFrom};

/// The facts of a finished result.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Counted from 1 within its version.
    pub number: u32,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// When equal data was last seen. Never before `finished_at`.
    pub checked_at: Timestamp,
    /// How long PostgreSQL took, from the start of the statement to its last row.
    pub elapsed: Duration,
    pub rows: u64,
    /// Why rows are missing at the end, if they are.
    pub truncated: Option<Cut>,
    pub checksum: Checksum,
    /// Where it was read first, and where equal data was seen last. `None` where the database has no followers.
    pub read_from: Option<Arc<ReadFrom>>,
    pub checked_from: Option<Arc<ReadFrom>>,
}
