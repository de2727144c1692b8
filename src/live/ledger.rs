//! What is known of a version's results: the newest ones, and what the last run came to.

use jiff::Timestamp;
use tokio::time::{Duration, Instant};

use crate::model::{FailedRun, StoredResult};
use crate::result::Summary;
use crate::run::Failure;

/// Of results that follow each other faster, the rows of some are not kept.
const KEEP_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Ledger {
    /// The newest result that is no error.
    good: Option<StoredResult>,
    /// The newest result of all, if it is an error.
    failed: Option<StoredResult>,
    last: Option<LastRun>,
    /// When rows were last given to be kept.
    kept_at: Option<Instant>,
    /// Whether a *checked* time moved that the store does not know.
    is_unflushed: bool,
}

struct LastRun {
    asked_at: Timestamp,
    failure: Option<Failure>,
}

impl Ledger {
    pub(super) fn new(good: Option<StoredResult>, failed: Option<StoredResult>) -> Self {
        Self {
            good,
            failed,
            last: None,
            kept_at: None,
            is_unflushed: false,
        }
    }

    pub(super) fn good(&self) -> Option<&StoredResult> {
        self.good.as_ref()
    }

    /// What the last run came to, if it was asked for at this moment or later; else the newest result if it is as new.
    pub(super) fn ending_since(&self, asked: Timestamp) -> Option<Result<StoredResult, Failure>> {
        match &self.last {
            Some(LastRun {
                asked_at,
                failure: Some(failure),
            }) if *asked_at >= asked => Some(Err(failure.clone())),
            Some(last) if last.asked_at < asked => None,
            Some(_) | None => {
                let good = self.good.as_ref();
                good.filter(|good| good.checked_at >= asked)
                    .cloned()
                    .map(Ok)
            }
        }
    }

    pub(super) fn ended(&mut self, asked_at: Timestamp, failure: Option<Failure>) {
        self.last = Some(LastRun { asked_at, failure });
    }

    /// A run with the data of the newest result only moves when that was checked. `None` for other data.
    pub(super) fn check(&mut self, run: &Summary) -> Option<StoredResult> {
        let good = self.good.as_mut()?;
        let content = good.content.as_ref().ok()?;
        if content.checksum != run.checksum {
            return None;
        }
        good.checked_at = good.checked_at.max(run.finished_at);
        good.elapsed = run.elapsed;
        self.failed = None;
        self.is_unflushed = true;
        Some(good.clone())
    }

    /// The same for the newest error.
    pub(super) fn check_failed(&mut self, run: &FailedRun) -> bool {
        let Some(failed) = &mut self.failed else {
            return false;
        };
        if failed.content.as_ref().err() != Some(&run.failure) {
            return false;
        }
        failed.checked_at = failed.checked_at.max(run.finished_at);
        self.is_unflushed = true;
        true
    }

    /// A new result. What the store does not know yet of the one before is for the caller to tell it.
    pub(super) fn add(&mut self, result: StoredResult) {
        match result.content {
            Ok(_) => {
                self.good = Some(result);
                self.failed = None;
            }
            Err(_) => self.failed = Some(result),
        }
    }

    /// Whether the newest result's rows should be kept now. Then they are given to be kept.
    pub(super) fn start_keeping(&mut self) -> bool {
        let is_kept = self
            .good
            .as_ref()
            .and_then(|good| good.content.as_ref().ok())
            .is_none_or(|content| content.has_rows);
        let is_too_soon = self
            .kept_at
            .is_some_and(|kept_at| kept_at.elapsed() < KEEP_INTERVAL);
        let starts = !is_kept && !is_too_soon;
        if starts {
            self.kept_at = Some(Instant::now());
        }
        starts
    }

    pub(super) fn rows_were_kept(&mut self, result: i64) {
        if let Some(good) = self.good.as_mut().filter(|good| good.id == result)
            && let Ok(content) = &mut good.content
        {
            content.has_rows = true;
        }
    }

    /// The *checked* times that the store does not know.
    pub(super) fn take_checked(&mut self) -> Vec<(i64, Timestamp)> {
        if !std::mem::take(&mut self.is_unflushed) {
            return Vec::new();
        }
        let newest = self.good.iter().chain(&self.failed);
        newest
            .map(|result| (result.id, result.checked_at))
            .collect()
    }

    pub(super) fn is_unflushed(&self) -> bool {
        self.is_unflushed
    }
}
