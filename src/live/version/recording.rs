//! Records what runs returned: as the next result of the version, or as a check of the newest one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::LiveVersion;
use crate::error::Error;
use crate::live::ledger::{Ledger, WriteRows};
use crate::live::outcome::{ResultWithRows, RunOutcome};
use crate::live::rows_writer::WriteOutcome;
use crate::live::run::RunEnd;
use crate::model::{FailedRun, StoredResult, Subject, Version};
use crate::result::{Rows, Summary};
use crate::run::{Failure, ParameterTypes, Values};

impl LiveVersion {
    /// Numbers what a run returned, or finds that it equals the newest result.
    pub(super) async fn record(
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
            RunEnd::Failed(failure) if failure.is_behind_newest() => {
                return match self.latest().await {
                    Ok(Some(newest)) => Ok(newest),
                    Ok(None) | Err(_) => Err(failure),
                };
            }
            RunEnd::Failed(failure) => {
                match self.record_failure(asked_at, values, &failure).await {
                    Ok(()) => return Err(failure),
                    Err(error) => (failure, error),
                }
            }
        };
        tracing::error!(
            clip = self.shared.subject.clip,
            version = self.shared.subject.version,
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
        let metrics = self.shared.storage.metrics();
        let result = match known {
            Some(result) => {
                metrics.note_unchanged();
                result
            }
            None => {
                let added = self.add(values, &rows, &run).await?;
                metrics.note_new();
                added
            }
        };
        let has_position = run.read_from.is_some();
        let concerns_others = has_position || self.is_age_asked.load(Ordering::Relaxed);
        if concerns_others && !self.shared.servers.is_alone() {
            self.flush().await;
        }
        let rows = self.shared.storage.cache_rows(&result, rows);
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

    /// Adds a result, unless another server was quicker with the same data.
    async fn add(
        &self,
        values: &Values,
        rows: &Rows,
        run: &Summary,
    ) -> Result<StoredResult, Error> {
        let result = self
            .shared
            .storage
            .add(self.shared.subject, values, run, rows)
            .await?;
        let known = self.with_ledger(|ledger| {
            ledger.add(result.clone());
            ledger.check(run)
        });
        Ok(known.await?.unwrap_or(result))
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
            let result = self
                .shared
                .storage
                .add_failed(self.shared.subject, values, &run)
                .await?;
            let add = |ledger: &mut Ledger| {
                ledger.add(result);
                ledger.check_failed(&run)
            };
            self.with_ledger(add).await?;
            self.shared.storage.metrics().note_failed();
        }
        Ok(())
    }

    /// Stores what a run found out about the types of its parameters.
    pub(super) async fn keep_parameter_types(&self, types: &ParameterTypes) {
        let Some(types) = types.take_new() else {
            return;
        };
        let Subject { clip, version, .. } = self.shared.subject;
        let kept = Version::keep_parameter_types(self.shared.store(), clip, version, &types);
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
        self.shared
            .storage
            .write_rows(self.shared.subject, result, rows, report);
    }

    /// Writes the rows of the result that is the newest one after the delay.
    fn write_newest_rows_after(self: &Arc<Self>, delay: Duration) {
        let version = self.clone();
        self.shared.storage.after(delay, move || {
            if let Some(result) = version.take_scheduled_write()
                && let Some(rows) = version.shared.storage.cached_rows(&result)
            {
                version.write_rows(&result, &rows);
            }
        });
    }

    fn take_scheduled_write(&self) -> Option<StoredResult> {
        self.ledger().take_scheduled_write()
    }

    fn rows_write_ended(&self, result: i64, outcome: WriteOutcome) {
        match outcome {
            WriteOutcome::Written => self.ledger().set_has_rows(result, true),
            WriteOutcome::ResultIsGone => self.ledger().forget(),
            WriteOutcome::NotWritten => {}
        }
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
