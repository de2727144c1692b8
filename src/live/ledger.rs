//! What is known of a version's newest results and of its last run, so that the store need not be asked each time.

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Duration, Instant};

use crate::model::{FailedRun, StoredResult};
use crate::result::Summary;
use crate::run::Failure;

/// Rows of a version are written at most once in this time: if results follow each other faster, the rows of some are
/// not kept.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);
/// A client that comes back for a run gets its outcome for this long after its end; later it gets a new run.
const REUSE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// The same for a failed run: a URL that is requested again and again must recover.
const FAILURE_REUSE_MAX: SignedDuration = SignedDuration::from_mins(1);

pub(super) struct Ledger {
    /// The newest result that is not an error.
    good: Option<StoredResult>,
    /// The newest result of all, if it is an error.
    failed: Option<StoredResult>,
    last_run: Option<LastRun>,
    /// When a write of rows was last started.
    written_at: Option<Instant>,
    /// Whether a delayed write will take the newest result's rows.
    is_write_scheduled: bool,
    /// Whether a *checked* time has moved that is not in the store yet.
    is_unflushed: bool,
}

struct LastRun {
    asked_at: Timestamp,
    ended_at: Timestamp,
    failure: Option<Failure>,
}

/// When to write the newest result's rows to the store.
pub(super) enum WriteRows {
    Now,
    After(Duration),
    /// They are in the store, or a delayed write will take them.
    No,
}

impl Ledger {
    pub(super) fn new(good: Option<StoredResult>, failed: Option<StoredResult>) -> Self {
        Self {
            good,
            failed,
            last_run: None,
            written_at: None,
            is_write_scheduled: false,
            is_unflushed: false,
        }
    }

    /// The newest result that is not an error.
    pub(super) fn good(&self) -> Option<&StoredResult> {
        self.good.as_ref()
    }

    /// The outcome of the last run, if it was requested at this moment or later, and ended recently.
    pub(super) fn outcome_since(&self, asked: Timestamp) -> Option<Result<StoredResult, Failure>> {
        let now = Timestamp::now();
        let good = self.good.as_ref();
        match &self.last_run {
            Some(last) => {
                let age = now.duration_since(last.ended_at);
                let is_run_new = last.asked_at >= asked;
                let is_data_new = good.is_some_and(|good| good.as_of() >= asked);
                match &last.failure {
                    Some(failure) if is_run_new && age <= FAILURE_REUSE_MAX => {
                        Some(Err(failure.clone()))
                    }
                    None if (is_run_new || is_data_new) && age <= REUSE_MAX => {
                        good.cloned().map(Ok)
                    }
                    Some(_) | None => None,
                }
            }
            // The server was restarted since.
            None => good
                .filter(|good| good.as_of() >= asked)
                .filter(|good| now.duration_since(good.checked_at) <= REUSE_MAX)
                .cloned()
                .map(Ok),
        }
    }

    /// Notes the last run. Changes nothing if a run that was requested later has ended already.
    pub(super) fn note_run(&mut self, asked_at: Timestamp, failure: Option<Failure>) {
        let last = self.last_run.as_ref();
        if last.is_some_and(|last| last.asked_at > asked_at) {
            return;
        }
        self.last_run = Some(LastRun {
            asked_at,
            ended_at: Timestamp::now(),
            failure,
        });
    }

    /// If the run returned the data of the newest result, moves that result's *checked* time. `None` for other data.
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

    /// The same for the newest error. Returns whether the run ended with it.
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

    /// Adds a new result. It replaces the newest one, unless that one's run began later.
    pub(super) fn add(&mut self, result: StoredResult) {
        match result.content {
            Err(_) => self.failed = Some(result),
            Ok(_) => {
                let is_newer = |good: &StoredResult| good.as_of() > result.as_of();
                if !self.good.as_ref().is_some_and(is_newer) {
                    self.good = Some(result);
                    self.failed = None;
                }
            }
        }
    }

    /// Decides when to write the newest result's rows, and relies on the caller to do so.
    pub(super) fn plan_write(&mut self) -> WriteRows {
        if !self.lacks_stored_rows() || self.is_write_scheduled {
            return WriteRows::No;
        }
        let since = self
            .written_at
            .map_or(WRITE_INTERVAL, |written_at| written_at.elapsed());
        match WRITE_INTERVAL
            .checked_sub(since)
            .filter(|delay| !delay.is_zero())
        {
            Some(delay) => {
                self.is_write_scheduled = true;
                WriteRows::After(delay)
            }
            None => {
                self.written_at = Some(Instant::now());
                WriteRows::Now
            }
        }
    }

    /// The result whose rows the delayed write takes now: the newest one, unless its rows are in the store.
    pub(super) fn take_scheduled_write(&mut self) -> Option<StoredResult> {
        self.is_write_scheduled = false;
        if !self.lacks_stored_rows() {
            return None;
        }
        self.written_at = Some(Instant::now());
        self.good.clone()
    }

    /// Whether this result's rows are in the store.
    pub(super) fn set_has_rows(&mut self, result: i64, has_rows: bool) {
        if let Some(good) = self.good.as_mut().filter(|good| good.id == result)
            && let Ok(content) = &mut good.content
        {
            content.has_rows = has_rows;
        }
    }

    /// The *checked* times, by result, if the store does not have them yet. Relies on the caller to write them.
    pub(super) fn take_unflushed(&mut self) -> Vec<(i64, Timestamp)> {
        if !std::mem::take(&mut self.is_unflushed) {
            return Vec::new();
        }
        let newest = self.good.iter().chain(&self.failed);
        newest
            .map(|result| (result.id, result.checked_at))
            .collect()
    }

    /// The *checked* times could not be written.
    pub(super) fn set_unflushed(&mut self) {
        self.is_unflushed = true;
    }

    pub(super) fn is_unflushed(&self) -> bool {
        self.is_unflushed
    }

    fn lacks_stored_rows(&self) -> bool {
        self.good.as_ref().is_some_and(|good| !good.has_rows())
    }
}
