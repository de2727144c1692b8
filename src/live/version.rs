//! A version that somebody asks for: its run in flight, and the ledger of its results.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

use super::ledger::{Keep, Ledger};
use super::run::{Ended, Run};
use super::{Live, ResultWithRows, RunOutcome, Subject};
use crate::error::Error;
use crate::model::{FailedRun, StoredResult};
use crate::result::{Rows, Summary};
use crate::run::Failure;

pub(super) struct LiveVersion {
    in_flight: Mutex<Weak<Run>>,
    ledger: Mutex<Option<Ledger>>,
    /// Runs are settled one after the other.
    settling: AsyncMutex<()>,
    used_at: Mutex<Instant>,
}

impl Default for LiveVersion {
    fn default() -> Self {
        Self {
            in_flight: Mutex::default(),
            ledger: Mutex::default(),
            settling: AsyncMutex::default(),
            used_at: Mutex::new(Instant::now()),
        }
    }
}

impl LiveVersion {
    pub(super) fn in_flight(&self) -> MutexGuard<'_, Weak<Run>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the ledger from the store when it is first needed.
    pub(super) async fn look<R>(
        &self,
        live: &Live,
        subject: Subject,
        look: impl FnOnce(&mut Ledger) -> R,
    ) -> Result<R, Error> {
        if let Some(ledger) = &mut *self.ledger() {
            return Ok(look(ledger));
        }
        let newest = StoredResult::newest(&live.store, subject.clip, subject.version).await?;
        let mut ledger = self.ledger();
        // Another one may have been quicker.
        let ledger = ledger.get_or_insert_with(|| Ledger::new(newest.good, newest.failed));
        Ok(look(ledger))
    }

    /// Waits until what has ended is in the ledger.
    pub(super) async fn settled(&self) {
        drop(self.settling.lock().await);
    }

    /// Numbers what a run returned, or finds that it is what was there before.
    pub(super) async fn settle(
        self: &Arc<Self>,
        live: &Arc<Live>,
        subject: Subject,
        asked_at: Timestamp,
        ended: Ended,
    ) -> RunOutcome {
        let _turn = self.settling.lock().await;
        let (failure, error) = match ended {
            Ended::Abandoned => return Err(Failure::Cancelled),
            Ended::Well(rows, run) => {
                match self.settle_rows(live, subject, asked_at, rows, run).await {
                    Ok(settled) => return Ok(settled),
                    Err(error) => (Failure::Storage, error),
                }
            }
            Ended::Failed(failure) => {
                match self.settle_failure(live, subject, asked_at, &failure).await {
                    Ok(()) => return Err(failure),
                    Err(error) => (failure, error),
                }
            }
        };
        tracing::error!(
            clip = subject.clip,
            version = subject.version,
            cause = error.cause(),
            "a run was not settled"
        );
        Err(failure)
    }

    async fn settle_rows(
        self: &Arc<Self>,
        live: &Arc<Live>,
        subject: Subject,
        asked_at: Timestamp,
        rows: Rows,
        run: Summary,
    ) -> Result<ResultWithRows, Error> {
        let known = self
            .look(live, subject, |ledger| ledger.check(&run))
            .await?;
        let result = match known {
            Some(result) => result,
            None => self.add(live, subject, &rows, &run).await?,
        };
        let rows = live.hold(&result, rows);
        let keep = self
            .look(live, subject, |ledger| {
                ledger.ended(asked_at, None);
                ledger.keep()
            })
            .await?;
        match keep {
            Keep::Now => live.keeper.keep(subject, self.clone(), &result, &rows),
            Keep::Soon(wait) => live.keep_soon(subject, self.clone(), wait),
            Keep::No => {}
        }
        let summary = result
            .summary()
            .ok_or_else(|| Error::internal("rows were settled as an error"))?;
        Ok(ResultWithRows {
            result,
            summary,
            rows,
        })
    }

    async fn add(
        &self,
        live: &Live,
        subject: Subject,
        rows: &Rows,
        run: &Summary,
    ) -> Result<StoredResult, Error> {
        let (clip, version) = (subject.clip, subject.version);
        let result = StoredResult::add(&live.store, clip, version, run, rows.columns()).await?;
        live.keeper.grew(clip);
        // From now on nobody moves when the one before was checked.
        let checked = self.take_checked();
        self.look(live, subject, |ledger| ledger.add(result.clone()))
            .await?;
        if let Err(error) = StoredResult::check(&live.store, &checked).await {
            tracing::warn!(
                cause = error.cause(),
                "when a result was last checked is not kept"
            );
        }
        Ok(result)
    }

    async fn settle_failure(
        &self,
        live: &Live,
        subject: Subject,
        asked_at: Timestamp,
        failure: &Failure,
    ) -> Result<(), Error> {
        let run = FailedRun {
            started_at: asked_at,
            finished_at: Timestamp::now(),
            failure: failure.clone(),
        };
        let is_known = self
            .look(live, subject, |ledger| {
                ledger.ended(asked_at, Some(failure.clone()));
                ledger.check_failed(&run)
            })
            .await?;
        if is_a_result(failure) && !is_known {
            let (clip, version) = (subject.clip, subject.version);
            let result = StoredResult::add_failed(&live.store, clip, version, &run).await?;
            live.keeper.grew(clip);
            self.look(live, subject, |ledger| ledger.add(result))
                .await?;
        }
        Ok(())
    }

    /// The newest result, if its rows are still to be kept.
    pub(super) fn unkept(&self) -> Option<StoredResult> {
        self.ledger().as_mut().and_then(Ledger::unkept)
    }

    pub(super) fn rows_were_kept(&self, result: i64) {
        if let Some(ledger) = &mut *self.ledger() {
            ledger.set_has_rows(result, true);
        }
    }

    pub(super) fn rows_went(&self, result: i64) {
        if let Some(ledger) = &mut *self.ledger() {
            ledger.set_has_rows(result, false);
        }
    }

    /// What the store says is looked up again: it has lost what was in the ledger.
    pub(super) fn forget(&self) {
        *self.ledger() = None;
    }

    /// The *checked* times that the store does not know.
    pub(super) fn take_checked(&self) -> Vec<(i64, Timestamp)> {
        self.ledger()
            .as_mut()
            .map_or(Vec::new(), Ledger::take_checked)
    }

    /// They did not reach the store.
    pub(super) fn give_checked_back(&self) {
        if let Some(ledger) = &mut *self.ledger() {
            ledger.give_checked_back();
        }
    }

    pub(super) fn touch(&self) {
        *self.used_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether nothing would be lost if it were read from the store again.
    pub(super) fn is_idle(self: &Arc<Self>, unused: Duration) -> bool {
        let used_at = *self.used_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_flushed = self
            .ledger()
            .as_ref()
            .is_none_or(|ledger| !ledger.is_unflushed());
        used_at.elapsed() > unused
            && is_flushed
            && Arc::strong_count(self) == 1
            && self.in_flight().strong_count() == 0
    }

    fn ledger(&self) -> MutexGuard<'_, Option<Ledger>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the run came to this, as opposed to us.
fn is_a_result(failure: &Failure) -> bool {
    match failure {
        Failure::Statement(_)
        | Failure::Empty
        | Failure::Nul
        | Failure::NoColumns
        | Failure::Parameters
        | Failure::NotUtf8
        | Failure::Timeout { .. }
        | Failure::Unavailable(_)
        | Failure::Refused(_)
        | Failure::OwnStore => true,
        Failure::Cancelled | Failure::QueueFull | Failure::Storage => false,
    }
}
