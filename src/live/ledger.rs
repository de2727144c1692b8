//! What is known of a version's newest results and of its last run, so that the store need not be asked each time.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::time::{Duration, Instant};

use crate::model::{Checked, FailedRun, Newest, StoredResult};
use crate::result::Summary;
use crate::run::Failure;
use crate::servers::Listening;

/// Rows of a version are written at most once in this time: if results follow each other faster, the rows of some are
/// not kept.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);
/// A client that comes back for a run gets its outcome for this long after its end; later it gets a new run.
const REUSE_MAX: Duration = Duration::from_mins(5);
/// The same for a failed run: a URL that is requested again and again must recover.
const FAILURE_REUSE_MAX: Duration = Duration::from_mins(1);

#[derive(Default)]
pub(super) struct Ledger {
    /// What the store has, as far as it was read and is not known to have changed.
    newest: Option<Newest>,
    /// Since when the store was listened to without a gap, when that was read.
    listening: Option<Listening>,
    /// How often what was read has been forgotten.
    forgotten: u64,
    last_run: Option<LastRun>,
    /// When a write of rows was last started.
    written_at: Option<Instant>,
    /// Whether a delayed write will take the newest result's rows.
    is_write_scheduled: bool,
    /// Checks that the store does not know of yet, by result.
    unflushed: HashMap<i64, Checked>,
}

struct LastRun {
    asked_at: Timestamp,
    /// By a clock that nobody sets.
    ended: Instant,
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
    /// Whether the newest results are known, and still those of the store.
    pub(super) fn is_known(&self, listening: Option<Listening>) -> bool {
        self.newest.is_some() && listening.is_some() && self.listening == listening
    }

    /// Notes what the store has.
    pub(super) fn learn(&mut self, newest: Newest, listening: Option<Listening>) {
        self.newest = Some(self.with_checks(newest));
        self.listening = listening;
    }

    /// What the store has, with the checks that it does not know of yet.
    pub(super) fn with_checks(&self, mut newest: Newest) -> Newest {
        for result in newest.good.iter_mut().chain(&mut newest.failed) {
            if let Some(checked) = self.unflushed.get(&result.id) {
                result.checked_at = checked.at;
                result.elapsed = checked.elapsed;
                result.checked_from.clone_from(&checked.from);
            }
        }
        // A run that returned data came after the error.
        let good = newest.good.as_ref();
        let is_over = |failed: &mut StoredResult| {
            good.is_some_and(|good| {
                let is_sane = !is_in_future(good.checked_at);
                good.checked_at > failed.checked_at || is_sane && is_in_future(failed.checked_at)
            })
        };
        newest.failed.take_if(is_over);
        newest
    }

    /// The newest results are read from the store when they are needed again.
    pub(super) fn forget(&mut self) {
        self.newest = None;
        self.forgotten += 1;
    }

    /// The same where the store has a result that is not known here.
    pub(super) fn forget_before(&mut self, number: u32) {
        let known = self.good().into_iter().chain(self.failed());
        if known.map(|result| result.number).max() < Some(number) {
            self.forget();
        }
    }

    /// Tells whether what is being read from the store has changed meanwhile.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// The newest result that is not an error.
    pub(super) fn good(&self) -> Option<&StoredResult> {
        self.newest.as_ref()?.good.as_ref()
    }

    /// The newest result of all, if it is an error.
    fn failed(&self) -> Option<&StoredResult> {
        self.newest.as_ref()?.failed.as_ref()
    }

    /// The outcome of the last run, if it was requested at this moment or later, and ended recently.
    pub(super) fn outcome_since(&self, asked: Timestamp) -> Option<Result<StoredResult, Failure>> {
        let good = self.good().filter(|good| !is_in_future(good.checked_at));
        // Asked in the future: a clock was wrong, and it is not known whether it came before.
        let last_run = self.last_run.as_ref();
        match last_run.filter(|last| !is_in_future(last.asked_at)) {
            Some(last) => {
                let age = last.ended.elapsed();
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
                .filter(|good| age_of(good) <= REUSE_MAX)
                .cloned()
                .map(Ok),
        }
    }

    /// Notes the last run. Changes nothing if a run that was requested later has ended already.
    pub(super) fn note_run(&mut self, asked_at: Timestamp, failure: Option<Failure>) {
        let last = self.last_run.as_ref();
        if last.is_some_and(|last| last.asked_at > asked_at && !is_in_future(last.asked_at)) {
            return;
        }
        self.last_run = Some(LastRun {
            asked_at,
            ended: Instant::now(),
            failure,
        });
    }

    /// If the run returned the data of the newest result, moves that result's *checked* time. `None` for other data.
    pub(super) fn check(&mut self, run: &Summary) -> Option<StoredResult> {
        let newest = self.newest.as_mut()?;
        let good = newest.good.as_mut()?;
        let content = good.content.as_ref().ok()?;
        if content.checksum != run.checksum {
            return None;
        }
        if run.finished_at > good.checked_at || is_in_future(good.checked_at) {
            good.checked_at = run.finished_at;
            good.elapsed = run.elapsed;
            good.checked_from = run.read_from.clone();
            self.unflushed.insert(good.id, Checked::new(good));
        }
        newest.failed = None;
        Some(good.clone())
    }

    /// The same for the newest error. Returns whether the run ended with it.
    pub(super) fn check_failed(&mut self, run: &FailedRun) -> bool {
        let newest = self.newest.as_mut();
        let Some(failed) = newest.and_then(|newest| newest.failed.as_mut()) else {
            return false;
        };
        if failed.content.as_ref().err() != Some(&run.failure) {
            return false;
        }
        failed.checked_at = run.finished_at;
        self.unflushed.insert(failed.id, Checked::new(failed));
        true
    }

    /// Adds a result that the store has given a number. It replaces the newest one, unless it is late.
    pub(super) fn add(&mut self, result: StoredResult) {
        let newest = self.newest.get_or_insert_default();
        match result.content {
            Err(_) => newest.failed = Some(result),
            Ok(_) if result.is_late => {}
            Ok(_) => {
                newest.failed = None;
                newest.good = Some(result);
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
        self.good().cloned()
    }

    /// Whether this result's rows are in the store.
    pub(super) fn set_has_rows(&mut self, result: i64, has_rows: bool) {
        let newest = self.newest.as_mut();
        let good = newest.and_then(|newest| newest.good.as_mut());
        if let Some(good) = good.filter(|good| good.id == result)
            && let Ok(content) = &mut good.content
        {
            content.has_rows = has_rows;
        }
    }

    /// The checks that the store does not know of yet. Relies on the caller to write them.
    pub(super) fn take_unflushed(&mut self) -> Vec<Checked> {
        self.unflushed.drain().map(|(_, checked)| checked).collect()
    }

    /// These checks could not be written.
    pub(super) fn set_unflushed(&mut self, checked: &[Checked]) {
        for checked in checked {
            self.unflushed
                .entry(checked.result)
                .or_insert_with(|| checked.clone());
        }
    }

    pub(super) fn is_unflushed(&self) -> bool {
        !self.unflushed.is_empty()
    }

    fn lacks_stored_rows(&self) -> bool {
        self.good().is_some_and(|good| !good.has_rows())
    }
}

fn age_of(result: &StoredResult) -> Duration {
    let age = Timestamp::now().duration_since(result.checked_at);
    age.try_into().unwrap_or_default()
}

/// A clock was wrong: ours now, or that of the server that checked it.
fn is_in_future(checked_at: Timestamp) -> bool {
    checked_at > Timestamp::now()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn a_run_that_was_asked_for_in_the_future_does_not_stay_the_last_one() {
        let mut ledger = Ledger::default();
        let now = Timestamp::now();
        ledger.note_run(now + HOUR, Some(Failure::Cancelled));
        assert!(
            ledger.outcome_since(now).is_none(),
            "the clock is right again"
        );
        ledger.note_run(now, Some(Failure::QueueFull));
        let last = ledger.outcome_since(now);
        assert_eq!(last.unwrap().unwrap_err(), Failure::QueueFull);
        ledger.note_run(now - HOUR, Some(Failure::Cancelled));
        let last = ledger.outcome_since(now);
        assert_eq!(
            last.unwrap().unwrap_err(),
            Failure::QueueFull,
            "the later one"
        );
    }
}
