//! A version that somebody asks for: its run in flight, and the ledger of its results.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{MappedMutexGuard, Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};

use super::ledger::Ledger;
use super::run::Run;
use super::{Ending, Live, Settled, Subject};
use crate::error::Error;
use crate::model::{FailedRun, StoredResult};
use crate::result::{Rows, Summary};
use crate::run::Failure;

pub(super) struct LiveVersion {
    in_flight: Mutex<Weak<Run>>,
    /// Read from the store when it is first needed. Who holds it settles: one after the other.
    ledger: AsyncMutex<Option<Ledger>>,
    used_at: Mutex<Instant>,
}

impl Default for LiveVersion {
    fn default() -> Self {
        Self {
            in_flight: Mutex::default(),
            ledger: AsyncMutex::default(),
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

    pub(super) async fn ledger(
        &self,
        live: &Live,
        subject: Subject,
    ) -> Result<MappedMutexGuard<'_, Ledger>, Error> {
        let mut ledger = self.ledger.lock().await;
        if ledger.is_none() {
            let newest = StoredResult::newest(&live.store, subject.clip, subject.version).await?;
            *ledger = Some(Ledger::new(newest.good, newest.failed));
        }
        AsyncMutexGuard::try_map(ledger, Option::as_mut)
            .map_err(|_| Error::internal("a ledger vanished while it was held"))
    }

    /// Numbers what a run returned, or finds that it is what was there before.
    pub(super) async fn settle(
        self: &Arc<Self>,
        live: &Live,
        subject: Subject,
        asked_at: Timestamp,
        ended: Result<(Rows, Summary), Failure>,
    ) -> Ending {
        let (failure, error) = match ended {
            Ok((rows, run)) => match self.settle_rows(live, subject, asked_at, rows, run).await {
                Ok(settled) => return Ok(settled),
                Err(error) => (Failure::Storage, error),
            },
            Err(failure) => match self.settle_failure(live, subject, asked_at, &failure).await {
                Ok(()) => return Err(failure),
                Err(error) => (failure, error),
            },
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
        live: &Live,
        subject: Subject,
        asked_at: Timestamp,
        rows: Rows,
        run: Summary,
    ) -> Result<Settled, Error> {
        let mut ledger = self.ledger(live, subject).await?;
        let result = match ledger.check(&run) {
            Some(result) => result,
            None => {
                let checked = ledger.take_checked();
                StoredResult::check(&live.store, &checked).await?;
                let (clip, version) = (subject.clip, subject.version);
                let result =
                    StoredResult::add(&live.store, clip, version, &run, rows.columns()).await?;
                ledger.add(result.clone());
                result
            }
        };
        ledger.ended(asked_at, None);
        live.held.hold(result.id, &rows);
        if live.keeper.takes(&rows) && ledger.start_keeping() {
            live.keeper
                .keep(subject, self.clone(), result.id, rows.clone());
        }
        let summary = result
            .summary()
            .ok_or_else(|| Error::internal("rows were settled as an error"))?;
        Ok(Settled {
            id: result.id,
            summary,
            rows,
        })
    }

    async fn settle_failure(
        &self,
        live: &Live,
        subject: Subject,
        asked_at: Timestamp,
        failure: &Failure,
    ) -> Result<(), Error> {
        let mut ledger = self.ledger(live, subject).await?;
        ledger.ended(asked_at, Some(failure.clone()));
        let run = FailedRun {
            started_at: asked_at,
            finished_at: Timestamp::now(),
            failure: failure.clone(),
        };
        if is_a_result(failure) && !ledger.check_failed(&run) {
            let (clip, version) = (subject.clip, subject.version);
            let result = StoredResult::add_failed(&live.store, clip, version, &run).await?;
            ledger.add(result);
        }
        Ok(())
    }

    pub(super) async fn rows_were_kept(&self, result: i64) {
        if let Some(ledger) = &mut *self.ledger.lock().await {
            ledger.rows_were_kept(result);
        }
    }

    /// The *checked* times that the store does not know.
    pub(super) async fn take_checked(&self) -> Vec<(i64, Timestamp)> {
        let mut ledger = self.ledger.lock().await;
        ledger.as_mut().map_or(Vec::new(), Ledger::take_checked)
    }

    pub(super) fn touch(&self) {
        *self.used_at.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether nothing would be lost if it were read from the store again.
    pub(super) fn is_idle(self: &Arc<Self>, unused: Duration) -> bool {
        let used_at = *self.used_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_settled = self
            .ledger
            .try_lock()
            .is_ok_and(|ledger| ledger.as_ref().is_none_or(|ledger| !ledger.is_unflushed()));
        used_at.elapsed() > unused
            && is_settled
            && Arc::strong_count(self) == 1
            && self.in_flight().strong_count() == 0
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
