//! A clip as it was read from a backup.

use super::clips::ClipRecord;
use super::pages::SpooledPage;
use super::results::ResultRecord;
use crate::result::Spool;

/// A clip with its results, whose rows are in its spool.
pub(super) struct ReadClip {
    pub(super) clip: ClipRecord,
    pub(super) results: Vec<ReadResult>,
    pub(super) spool: Spool,
}

pub(super) struct ReadResult {
    pub(super) result: ResultRecord,
    pub(super) pages: Vec<SpooledPage>,
}

impl ReadResult {
    pub(super) fn pinned(mut self) -> Self {
        self.result.pinned_at.get_or_insert(self.result.checked_at);
        self
    }
}
