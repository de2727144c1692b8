//! Brings the runs of a version and its kept results together: one run for all who ask, and what it returned numbered,
//! compared and kept. Knows nothing of HTTP.
//!
//! [`Live::run`] joins the run in flight or starts one. Once it has ended, a task of its own settles it, whoever has left
//! meanwhile: equal data moves the newest result's *checked* time, anything else becomes the next result.

mod held;
mod keeper;
mod ledger;
mod run;
mod version;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::interval;

use crate::error::Error;
use crate::model::{Clip, Pin, StoredResult, User, sweep_results};
use crate::result::{Memory, Rows, Summary};
use crate::run::{Failure, Query, Runner, Target};
use crate::store::Store;

use held::Held;
use keeper::Keeper;
pub use run::Run;
use version::LiveVersion;

/// Results in memory may hold this part of the server's memory bound: 1 / 4.
const HELD_PART: u64 = 4;
/// How often moved *checked* times reach the store.
const CHECKED_FLUSH: Duration = Duration::from_secs(5);
/// A version that nobody asked for so long is forgotten, until it is asked for again.
const UNUSED_MAX: Duration = Duration::from_secs(3_600);

/// A version of a clip, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    pub clip: i64,
    pub version: i32,
}

/// A result with its rows at hand.
#[derive(Clone, Debug)]
pub struct Settled {
    pub id: i64,
    pub summary: Summary,
    pub rows: Rows,
}

/// What a run came to.
pub type Ending = Result<Settled, Failure>;

/// All versions that are asked for.
pub struct Live {
    store: Store,
    runner: Arc<Runner>,
    memory: Memory,
    held: Held,
    keeper: Keeper,
    versions: Mutex<HashMap<Subject, Arc<LiveVersion>>>,
    /// What was seen before this is not fresh: a database may be another one now.
    fresh_from: Mutex<Timestamp>,
}

impl Live {
    /// `results_bytes_max`: of the rows kept for each clip.
    pub fn new(store: Store, runner: Arc<Runner>, memory: Memory, results_bytes_max: u64) -> Self {
        Self {
            held: Held::new(memory.bytes_max() / HELD_PART),
            keeper: Keeper::new(store.clone(), results_bytes_max),
            versions: Mutex::default(),
            fresh_from: Mutex::new(Timestamp::MIN),
            store,
            runner,
            memory,
        }
    }

    /// The version's run in flight, or a new one. Its query is cancelled when the last holder drops it.
    pub fn run(self: &Arc<Self>, subject: Subject, target: &Target, query: Query) -> Arc<Run> {
        let version = self.version(subject);
        let mut in_flight = version.in_flight();
        if let Some(run) = in_flight.upgrade().filter(|run| run.may_be_joined()) {
            return run;
        }
        let (run, unsettled) = Run::new(self.runner.start(target, query));
        let run = Arc::new(run);
        *in_flight = Arc::downgrade(&run);
        drop(in_flight);
        let live = self.clone();
        tokio::spawn(async move { unsettled.settle(&live, &version, subject).await });
        run
    }

    /// The version's run in flight, if there is one.
    pub fn running(&self, subject: Subject) -> Option<Arc<Run>> {
        let run = self.version(subject).in_flight().upgrade();
        run.filter(|run| run.may_be_joined())
    }

    /// What the last run came to, if it was asked for at this moment or later.
    pub async fn ending_since(
        &self,
        subject: Subject,
        asked: Timestamp,
    ) -> Result<Option<Ending>, Error> {
        let version = self.version(subject);
        let ledger = version.ledger(self, subject).await?;
        match ledger.ending_since(asked) {
            Some(Err(failure)) => Ok(Some(Err(failure))),
            Some(Ok(result)) => {
                drop(ledger);
                Ok(self.at_hand(&result).await?.map(Ok))
            }
            None => Ok(None),
        }
    }

    /// The newest result, if it is no error and its data was seen at this moment or later.
    pub async fn fresh(
        &self,
        subject: Subject,
        checked_from: Timestamp,
    ) -> Result<Option<Settled>, Error> {
        let from = checked_from.max(
            *self
                .fresh_from
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let latest = self.newest(subject).await?;
        match latest.filter(|result| result.checked_at >= from) {
            Some(result) => self.at_hand(&result).await,
            None => Ok(None),
        }
    }

    /// The newest result that is no error, whatever its age.
    pub async fn latest(&self, subject: Subject) -> Result<Option<Settled>, Error> {
        match self.newest(subject).await? {
            Some(result) => self.at_hand(&result).await,
            None => Ok(None),
        }
    }

    /// The facts of the newest result that is no error.
    pub async fn newest(&self, subject: Subject) -> Result<Option<StoredResult>, Error> {
        let version = self.version(subject);
        let ledger = version.ledger(self, subject).await?;
        Ok(ledger.good().cloned())
    }

    /// A result with its rows, or the error that it is. [`Error::Swept`] where the rows are gone.
    pub async fn open(&self, result: &StoredResult) -> Result<Ending, Error> {
        if let Err(failure) = &result.content {
            return Ok(Err(failure.clone()));
        }
        let settled = self.at_hand(result).await?;
        settled.map(Ok).ok_or(Error::Swept {
            version: result.version,
            number: result.number,
        })
    }

    /// Pins a clip to a result, whose rows are kept before this returns.
    pub async fn pin(&self, clip: &Clip, result: &StoredResult, by: &User) -> Result<(), Error> {
        if let Some(rows) = self.in_memory(result.id) {
            StoredResult::keep_rows(&self.store, result.id, &rows).await?;
        }
        Pin::create(&self.store, clip, result, by).await
    }

    /// The same with what a run returned, however much that is.
    pub async fn pin_settled(
        &self,
        clip: &Clip,
        settled: &Settled,
        by: &User,
    ) -> Result<(), Error> {
        StoredResult::keep_rows(&self.store, settled.id, &settled.rows).await?;
        let result = StoredResult::find_by_id(&self.store, settled.id).await?;
        Pin::create(&self.store, clip, &result, by).await
    }

    /// What was seen until now counts as old: a database is another one now.
    pub fn forget(&self) {
        let mut from = self
            .fresh_from
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *from = Timestamp::now();
    }

    /// Lets go of versions that nobody asks for, and of rows beyond what is kept.
    pub async fn tidy(&self) {
        self.versions()
            .retain(|_, version| !version.is_idle(UNUSED_MAX));
        let (clips, bytes_max) = self.keeper.take_grown();
        if let Err(error) = sweep_results(&self.store, &clips, bytes_max).await {
            tracing::warn!(
                cause = error.cause(),
                "results that are to go stay until the next try"
            );
            self.keeper.give_back(clips);
        }
    }

    /// Has moved *checked* times reach the store, again and again.
    pub async fn flush_checked(&self) {
        let mut ticks = interval(CHECKED_FLUSH);
        loop {
            ticks.tick().await;
            self.flush().await;
        }
    }

    /// Waits until everything that is to be kept is.
    pub async fn close(&self) {
        self.keeper.close().await;
        self.flush().await;
    }

    async fn flush(&self) {
        let versions: Vec<_> = self.versions().values().cloned().collect();
        let mut checked = Vec::new();
        for version in &versions {
            checked.extend(version.take_checked().await);
        }
        if checked.is_empty() {
            return;
        }
        if let Err(error) = StoredResult::check(&self.store, &checked).await {
            tracing::warn!(
                cause = error.cause(),
                "when results were last checked is not kept"
            );
        }
    }

    async fn at_hand(&self, result: &StoredResult) -> Result<Option<Settled>, Error> {
        let Some(summary) = result.summary() else {
            return Ok(None);
        };
        let load = async {
            match self.keeper.find(result.id) {
                Some(rows) => Ok(Some(rows)),
                None => result.rows(&self.store, &self.memory).await,
            }
        };
        let rows = self.held.find_or_load(result.id, load).await?;
        Ok(rows.map(|rows| Settled {
            id: result.id,
            summary,
            rows,
        }))
    }

    fn in_memory(&self, result: i64) -> Option<Rows> {
        let held = self.held.find(result);
        held.or_else(|| self.keeper.find(result))
    }

    fn version(&self, subject: Subject) -> Arc<LiveVersion> {
        let version = self.versions().entry(subject).or_default().clone();
        version.touch();
        version
    }

    fn versions(&self) -> std::sync::MutexGuard<'_, HashMap<Subject, Arc<LiveVersion>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
