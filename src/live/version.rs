//! A version in use, with one set of values: its run in flight, and its results. Knows which version it is, and where
//! results are stored.
//!
//! [`LiveVersion::run`] joins the run in flight or starts one. When its execution has ended, a task records what it
//! returned, even if nobody waits for it by then: equal data moves the newest result's *checked* time, anything else
//! becomes the next result.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

use super::ledger::{Ledger, WriteRows};
use super::outcome::{ResultWithRows, RunOutcome};
use super::rows_writer::WriteOutcome;
use super::run::{Run, RunEnd};
use super::storage::ResultStorage;
use super::subject::Subject;
use crate::error::Error;
use crate::model::{FailedRun, StoredResult, Version};
use crate::result::{Rows, Summary};
use crate::run::{Failure, ParameterTypes, Query, Runner, Target, Values};

pub struct LiveVersion {
    subject: Subject,
    runner: Arc<Runner>,
    storage: Arc<ResultStorage>,
    in_flight: Mutex<Weak<Run>>,
    /// Read from the store when it is first needed.
    ledger: Mutex<Option<Ledger>>,
    /// Runs are recorded one after the other.
    recording: AsyncMutex<()>,
    used_at: Mutex<Instant>,
}

impl LiveVersion {
    pub(super) fn new(subject: Subject, runner: Arc<Runner>, storage: Arc<ResultStorage>) -> Self {
        Self {
            subject,
            runner,
            storage,
            in_flight: Mutex::default(),
            ledger: Mutex::default(),
            recording: AsyncMutex::default(),
            used_at: Mutex::new(Instant::now()),
        }
    }

    /// Joins the run in flight on this database, or starts one. Nobody joins a run on another URL, or a cancelled one. The
    /// query is cancelled when the last holder drops the run. Only a run that starts has to be admitted.
    pub fn run<E>(
        self: &Arc<Self>,
        target: &Target,
        query: &Query,
        admit: impl FnOnce() -> Result<(), E>,
    ) -> Result<Arc<Run>, E> {
        let mut in_flight = self.in_flight();
        if let Some(run) = in_flight.upgrade().filter(|run| run.may_be_joined(target)) {
            return Ok(run);
        }
        admit()?;
        let running = self.runner.start(target, query.clone());
        let (run, pending) = Run::new(running, target.clone());
        let run = Arc::new(run);
        *in_flight = Arc::downgrade(&run);
        drop(in_flight);
        let (version, asked_at) = (self.clone(), run.asked_at());
        let (values, types) = (query.values.clone(), query.types.clone());
        tokio::spawn(async move {
            let end = pending.run_end().await;
            pending.publish(version.record(asked_at, &values, end).await);
            version.keep_parameter_types(&types).await;
        });
        Ok(run)
    }

    /// The run in flight, if there is one.
    pub fn running(&self) -> Option<Arc<Run>> {
        let run = self.in_flight().upgrade();
        run.filter(|run| run.is_running())
    }

    /// The outcome of the last run, if it was requested at this moment or later, and ended recently.
    pub async fn outcome_since(&self, asked: Timestamp) -> Result<Option<RunOutcome>, Error> {
        // A run that has just ended may not be recorded yet.
        drop(self.recording.lock().await);
        let outcome = self
            .with_ledger(|ledger| ledger.outcome_since(asked))
            .await?;
        match outcome {
            Some(Err(failure)) => Ok(Some(Err(failure))),
            Some(Ok(result)) => Ok(self.storage.with_rows(&result).await?.map(Ok)),
            None => Ok(None),
        }
    }

    /// The newest result that is not an error, if it was checked at `checked_from` or later, and its data was read at
    /// `read_from` or later.
    pub async fn fresh(
        &self,
        checked_from: Timestamp,
        read_from: Timestamp,
    ) -> Result<Option<ResultWithRows>, Error> {
        let newest = self.newest().await?;
        let is_fresh = |result: &StoredResult| {
            result.checked_at >= checked_from && result.as_of() >= read_from
        };
        match newest.filter(is_fresh) {
            Some(result) => self.storage.with_rows(&result).await,
            None => Ok(None),
        }
    }

    /// The newest result that is not an error, whatever its age; if its rows are gone, the newest one whose rows are stored.
    pub async fn latest(&self) -> Result<Option<ResultWithRows>, Error> {
        let Some(newest) = self.newest().await? else {
            return Ok(None);
        };
        if let Some(latest) = self.storage.with_rows(&newest).await? {
            return Ok(Some(latest));
        }
        let Subject {
            clip,
            version,
            values,
        } = self.subject;
        match StoredResult::newest_kept(self.storage.store(), clip, version, Some(values)).await? {
            Some(kept) => self.storage.with_rows(&kept).await,
            None => Ok(None),
        }
    }

    /// The facts of the newest result that is not an error.
    pub async fn newest(&self) -> Result<Option<StoredResult>, Error> {
        self.with_ledger(|ledger| ledger.good().cloned()).await
    }

    /// The store deleted this result's rows.
    pub(super) fn rows_deleted(&self, result: i64) {
        if let Some(ledger) = &mut *self.ledger() {
            ledger.set_has_rows(result, false);
        }
    }

    /// The *checked* times, by result, that the store does not have yet.
    pub(super) fn take_unflushed(&self) -> Vec<(i64, Timestamp)> {
        self.ledger()
            .as_mut()
            .map_or(Vec::new(), Ledger::take_unflushed)
    }

    /// The *checked* times could not be written.
    pub(super) fn set_unflushed(&self) {
        if let Some(ledger) = &mut *self.ledger() {
            ledger.set_unflushed();
        }
    }

    pub(super) fn touch(&self) {
        *self.used_at() = Instant::now();
    }

    /// Whether it can be dropped, to be read from the store again: unused for this long, and held by the map alone.
    pub(super) fn is_idle(self: &Arc<Self>, unused: Duration) -> bool {
        let used_at = *self.used_at();
        let is_flushed = self
            .ledger()
            .as_ref()
            .is_none_or(|ledger| !ledger.is_unflushed());
        used_at.elapsed() > unused
            && is_flushed
            && Arc::strong_count(self) == 1
            && self.in_flight().strong_count() == 0
    }

    /// Numbers what a run returned, or finds that it equals the newest result.
    async fn record(
        self: &Arc<Self>,
        asked_at: Timestamp,
        values: &Values,
        end: RunEnd,
    ) -> RunOutcome {
        let _turn = self.recording.lock().await;
        let (failure, error) = match end {
            RunEnd::Abandoned => return Err(Failure::Cancelled),
            RunEnd::Returned(rows, run) => {
                match self.record_rows(asked_at, values, rows, run).await {
                    Ok(result) => return Ok(result),
                    Err(error) => (Failure::Storage, error),
                }
            }
            RunEnd::Failed(failure) => {
                match self.record_failure(asked_at, values, &failure).await {
                    Ok(()) => return Err(failure),
                    Err(error) => (failure, error),
                }
            }
        };
        tracing::error!(
            clip = self.subject.clip,
            version = self.subject.version,
            cause = error.cause(),
            "a run could not be recorded"
        );
        Err(failure)
    }

    /// A new result is numbered in the store before anybody sees it; its rows are written afterwards.
    async fn record_rows(
        self: &Arc<Self>,
        asked_at: Timestamp,
        values: &Values,
        rows: Rows,
        run: Summary,
    ) -> Result<ResultWithRows, Error> {
        let known = self.with_ledger(|ledger| ledger.check(&run)).await?;
        let result = match known {
            Some(result) => result,
            None => self.add(values, &rows, &run).await?,
        };
        let rows = self.storage.cache_rows(&result, rows);
        let write = self
            .with_ledger(|ledger| {
                ledger.note_run(asked_at, None);
                ledger.plan_write()
            })
            .await?;
        match write {
            WriteRows::Now => self.write_rows(&result, &rows),
            WriteRows::After(delay) => self.write_newest_rows_after(delay),
            WriteRows::No => {}
        }
        ResultWithRows::new(result, rows)
            .ok_or_else(|| Error::internal("rows were recorded as an error"))
    }

    async fn add(
        &self,
        values: &Values,
        rows: &Rows,
        run: &Summary,
    ) -> Result<StoredResult, Error> {
        let result = self.storage.add(self.subject, values, run, rows).await?;
        // The previous result leaves the ledger, and nothing else would store its *checked* time.
        let checked = self.take_unflushed();
        self.with_ledger(|ledger| ledger.add(result.clone()))
            .await?;
        if let Err(error) = StoredResult::check(self.storage.store(), &checked).await {
            tracing::warn!(
                cause = error.cause(),
                "the time when a result was last checked is lost"
            );
        }
        Ok(result)
    }

    async fn record_failure(
        &self,
        asked_at: Timestamp,
        values: &Values,
        failure: &Failure,
    ) -> Result<(), Error> {
        let run = FailedRun {
            started_at: asked_at,
            finished_at: Timestamp::now(),
            failure: failure.clone(),
        };
        let is_known = self
            .with_ledger(|ledger| {
                ledger.note_run(asked_at, Some(failure.clone()));
                ledger.check_failed(&run)
            })
            .await?;
        if is_a_result(failure) && !is_known {
            let result = self.storage.add_failed(self.subject, values, &run).await?;
            self.with_ledger(|ledger| ledger.add(result)).await?;
        }
        Ok(())
    }

    /// Stores what a run found out about the types of its parameters.
    async fn keep_parameter_types(&self, types: &ParameterTypes) {
        let Some(types) = types.take_new() else {
            return;
        };
        let Subject { clip, version, .. } = self.subject;
        let kept = Version::keep_parameter_types(self.storage.store(), clip, version, &types);
        if let Err(error) = kept.await {
            tracing::warn!(
                clip,
                version,
                cause = error.cause(),
                "the types of a version's parameters are not stored"
            );
        }
    }

    fn write_rows(self: &Arc<Self>, result: &StoredResult, rows: &Rows) {
        let (version, id) = (self.clone(), result.id);
        let report = move |outcome| version.rows_write_ended(id, outcome);
        self.storage.write_rows(self.subject, result, rows, report);
    }

    /// Writes the rows of the result that is the newest one after the delay.
    fn write_newest_rows_after(self: &Arc<Self>, delay: Duration) {
        let version = self.clone();
        self.storage.after(delay, move || {
            if let Some(result) = version.take_scheduled_write()
                && let Some(rows) = version.storage.cached_rows(&result)
            {
                version.write_rows(&result, &rows);
            }
        });
    }

    fn take_scheduled_write(&self) -> Option<StoredResult> {
        self.ledger()
            .as_mut()
            .and_then(Ledger::take_scheduled_write)
    }

    fn rows_write_ended(&self, result: i64, outcome: WriteOutcome) {
        let mut ledger = self.ledger();
        match outcome {
            WriteOutcome::Written => {
                if let Some(ledger) = &mut *ledger {
                    ledger.set_has_rows(result, true);
                }
            }
            // The store no longer has a result that is in the ledger, so the ledger is read again.
            WriteOutcome::ResultIsGone => *ledger = None,
            WriteOutcome::NotWritten => {}
        }
    }

    async fn with_ledger<R>(&self, act: impl FnOnce(&mut Ledger) -> R) -> Result<R, Error> {
        if let Some(ledger) = &mut *self.ledger() {
            return Ok(act(ledger));
        }
        let Subject {
            clip,
            version,
            values,
        } = self.subject;
        let newest = StoredResult::newest(self.storage.store(), clip, version, values).await?;
        let mut ledger = self.ledger();
        // Another request may have been quicker.
        let ledger = ledger.get_or_insert_with(|| Ledger::new(newest.good, newest.failed));
        Ok(act(ledger))
    }

    fn in_flight(&self) -> MutexGuard<'_, Weak<Run>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Option<Ledger>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used_at(&self) -> MutexGuard<'_, Instant> {
        self.used_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the failure belongs to the query or its database, rather than being a cancellation or a lack of resources on our
/// side.
fn is_a_result(failure: &Failure) -> bool {
    match failure {
        Failure::Statement(_)
        | Failure::Empty
        | Failure::Nul
        | Failure::NoColumns
        | Failure::Parameters
        | Failure::NotUtf8
        | Failure::RowTooLarge { .. }
        | Failure::Timeout { .. }
        | Failure::Unavailable(_)
        | Failure::Refused(_)
        | Failure::OwnStore => true,
        Failure::Parameter(error) => error.is_about_text(),
        Failure::Cancelled | Failure::Stopping | Failure::QueueFull | Failure::Storage => false,
    }
}
