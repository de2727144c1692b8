//! The outcome of a run: a numbered result with its rows, or the failure that it ended with.

use crate::model::StoredResult;
use crate::result::{Rows, Summary};
use crate::run::Failure;

#[derive(Clone, Debug)]
pub struct ResultWithRows {
    pub result: StoredResult,
    pub summary: Summary,
    pub rows: Rows,
}

pub type RunOutcome = Result<ResultWithRows, Failure>;

impl ResultWithRows {
    /// `None` if the result is an error, which has no rows.
    pub(super) fn new(result: StoredResult, rows: Rows) -> Option<Self> {
        let summary = result.summary()?;
        Some(Self {
            result,
            summary,
            rows,
        })
    }
}
