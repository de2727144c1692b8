//! What is known of a version's results: the newest ones, and what the last run came to.

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Duration, Instant};

use crate::model::{FailedRun, StoredResult};
use crate::result::Summary;
use crate::run::Failure;

/// Of results that follow each other faster, the rows of some are not kept.
const KEEP_INTERVAL: Duration = Duration::from_secs(1);
/// Somebody who comes back for a run later than this after its end gets a new one.
const TOLD_MAX: SignedDuration = SignedDuration::from_mins(5);
/// The same where it failed: an address that is asked again and again must recover.
const FAILURE_TOLD_MAX: SignedDuration = SignedDuration::from_mins(1);

pub(super) struct Ledger {
    /// The newest result that is no error.
    good: Option<StoredResult>,
    /// The newest result of all, if it is an error.
    failed: Option<StoredResult>,
    last: Option<LastRun>,
    /// When rows were last given to be kept.
    kept_at: Option<Instant>,
    /// Whether somebody is going to look after rows that were not kept yet.
    is_keeping_soon: bool,
    /// Whether a *checked* time moved that the store does not know.
    is_unflushed: bool,
}

struct LastRun {
    asked_at: Timestamp,
    ended_at: Timestamp,
    failure: Option<Failure>,
}

/// When the newest result's rows are to be kept.
pub(super) enum Keep {
    Now,
    Soon(Duration),
    No,
}

impl Ledger {
    pub(super) fn new(good: Option<StoredResult>, failed: Option<StoredResult>) -> Self {
        Self {
            good,
            failed,
            last: None,
            kept_at: None,
            is_keeping_soon: false,
            is_unflushed: false,
        }
    }

    pub(super) fn good(&self) -> Option<&StoredResult> {
        self.good.as_ref()
    }

    /// What the last run came to, if it was asked for at this moment or later, and ended a short while ago.
    pub(super) fn outcome_since(&self, asked: Timestamp) -> Option<Result<StoredResult, Failure>> {
        let now = Timestamp::now();
        let good = self.good.as_ref();
        match &self.last {
            Some(last) => {
                let age = now.duration_since(last.ended_at);
                let is_told = last.asked_at >= asked;
                let is_as_new = good.is_some_and(|good| good.as_of() >= asked);
                match &last.failure {
                    Some(failure) if is_told && age <= FAILURE_TOLD_MAX => {
                        Some(Err(failure.clone()))
                    }
                    None if (is_told || is_as_new) && age <= TOLD_MAX => good.cloned().map(Ok),
                    Some(_) | None => None,
                }
            }
            // The server was started again since.
            None => good
                .filter(|good| good.as_of() >= asked)
                .filter(|good| now.duration_since(good.checked_at) <= TOLD_MAX)
                .cloned()
                .map(Ok),
        }
    }

    /// A run that was asked for before another one that has ended already changes nothing.
    pub(super) fn ended(&mut self, asked_at: Timestamp, failure: Option<Failure>) {
        if self
            .last
            .as_ref()
            .is_some_and(|last| last.asked_at > asked_at)
        {
            return;
        }
        self.last = Some(LastRun {
            asked_at,
            ended_at: Timestamp::now(),
            failure,
        });
    }

    /// A run with the data of the newest result only moves when that was checked. `None` for other data.
    pub(super) fn check(&mut self, run: &Summary) -> Option<StoredResult> {
        let good = self.good.as_mut()?;
        let content = good.content.as_ref().ok()?;
        if content.checksum != run.checksum {
            return None;
        }
        if run.finished_at > good.checked_at {
            good.checked_at = run.finished_at;
            good.elapsed = run.elapsed;
            self.is_unflushed = true;
        }
        self.failed = None;
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

    /// A new result. One whose run began before that of the newest one does not take its place.
    pub(super) fn add(&mut self, result: StoredResult) {
        match result.content {
            Err(_) => self.failed = Some(result),
            Ok(_) => {
                let is_overtaken = |good: &StoredResult| good.as_of() > result.as_of();
                if !self.good.as_ref().is_some_and(is_overtaken) {
                    self.good = Some(result);
                    self.failed = None;
                }
            }
        }
    }

    /// Whether the newest result's rows should be kept now, or soon. Then they are going to be.
    pub(super) fn keep(&mut self) -> Keep {
        if !self.is_unkept() || self.is_keeping_soon {
            return Keep::No;
        }
        let since = self
            .kept_at
            .map_or(KEEP_INTERVAL, |kept_at| kept_at.elapsed());
        match KEEP_INTERVAL
            .checked_sub(since)
            .filter(|wait| !wait.is_zero())
        {
            Some(wait) => {
                self.is_keeping_soon = true;
                Keep::Soon(wait)
            }
            None => {
                self.kept_at = Some(Instant::now());
                Keep::Now
            }
        }
    }

    /// The newest result, where its rows were to be kept soon: now.
    pub(super) fn unkept(&mut self) -> Option<StoredResult> {
        self.is_keeping_soon = false;
        if !self.is_unkept() {
            return None;
        }
        self.kept_at = Some(Instant::now());
        self.good.clone()
    }

    pub(super) fn set_has_rows(&mut self, result: i64, has_rows: bool) {
        if let Some(good) = self.good.as_mut().filter(|good| good.id == result)
            && let Ok(content) = &mut good.content
        {
            content.has_rows = has_rows;
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

    pub(super) fn give_checked_back(&mut self) {
        self.is_unflushed = true;
    }

    pub(super) fn is_unflushed(&self) -> bool {
        self.is_unflushed
    }

    fn is_unkept(&self) -> bool {
        let content = self
            .good
            .as_ref()
            .and_then(|good| good.content.as_ref().ok());
        content.is_some_and(|content| !content.has_rows)
    }
}
