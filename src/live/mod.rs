//! Brings the runs of a version and its kept results together: one run for all who ask, and what it returned numbered,
//! compared and kept. Knows nothing of HTTP.
//!
//! [`Live::run`] joins the run in flight or starts one. Once it has ended, a task of its own settles it, whoever has left
//! meanwhile: equal data moves the newest result's *checked* time, anything else becomes the next result.

mod ledger;
pub mod rows_cache;
pub mod rows_writer;
mod run;
mod version;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::interval;

use crate::error::Error;
use crate::model::{Clip, Pin, Released, RowsKey, StoredResult, User, Version, sweep_results};
use crate::result::{Memory, Rows, Summary};
use crate::run::{Failure, Query, Runner, Target};
use crate::store::Store;
use rows_cache::RowsCache;
use rows_writer::RowsWriter;
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

impl Subject {
    pub fn new(clip: &Clip, version: &Version) -> Self {
        Self {
            clip: clip.number,
            version: version.number,
        }
    }
}

/// A result with its rows at hand.
#[derive(Clone, Debug)]
pub struct ResultWithRows {
    pub result: StoredResult,
    pub summary: Summary,
    pub rows: Rows,
}

/// What a run came to.
pub type RunOutcome = Result<ResultWithRows, Failure>;

/// All versions that are asked for.
pub struct Live {
    store: Store,
    runner: Arc<Runner>,
    memory: Memory,
    held: Arc<RowsCache>,
    keeper: RowsWriter,
    versions: Mutex<HashMap<Subject, Arc<LiveVersion>>>,
    /// Whether all that was there when the server started has been swept.
    is_swept: AtomicBool,
}

impl Live {
    /// `results_bytes_max`: of the rows kept for each clip.
    pub fn new(store: Store, runner: Arc<Runner>, memory: Memory, results_bytes_max: u64) -> Self {
        Self {
            held: Arc::new(RowsCache::new(memory.bytes_max() / HELD_PART)),
            keeper: RowsWriter::new(store.clone(), results_bytes_max),
            versions: Mutex::default(),
            is_swept: AtomicBool::new(false),
            store,
            runner,
            memory,
        }
    }

    /// The version's run in flight on this database, or a new one. Its query is cancelled when the last holder drops it.
    pub fn run(self: &Arc<Self>, subject: Subject, target: &Target, query: &Query) -> Arc<Run> {
        let version = self.version(subject);
        let mut in_flight = version.in_flight();
        if let Some(run) = in_flight.upgrade().filter(|run| run.may_be_joined(target)) {
            return run;
        }
        let running = self.runner.start(target, query.clone());
        let (run, unsettled) = Run::new(running, target.clone());
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
        run.filter(|run| run.goes_on())
    }

    /// What the last run came to, if it was asked for at this moment or later, and ended a short while ago.
    pub async fn outcome_since(
        &self,
        subject: Subject,
        asked: Timestamp,
    ) -> Result<Option<RunOutcome>, Error> {
        let version = self.version(subject);
        version.settled().await;
        let ending = version
            .look(self, subject, |ledger| ledger.outcome_since(asked))
            .await?;
        match ending {
            Some(Err(failure)) => Ok(Some(Err(failure))),
            Some(Ok(result)) => Ok(self.at_hand(&result).await?.map(Ok)),
            None => Ok(None),
        }
    }

    /// The newest result, if it is no error, was checked at one moment or later, and was read after another.
    pub async fn fresh(
        &self,
        subject: Subject,
        checked_from: Timestamp,
        read_from: Timestamp,
    ) -> Result<Option<ResultWithRows>, Error> {
        let newest = self.newest(subject).await?;
        let is_fresh = |result: &StoredResult| {
            result.checked_at >= checked_from && result.as_of() >= read_from
        };
        match newest.filter(is_fresh) {
            Some(result) => self.at_hand(&result).await,
            None => Ok(None),
        }
    }

    /// The newest result that is no error, whatever its age; where its rows are gone, the newest one that is kept.
    pub async fn latest(&self, subject: Subject) -> Result<Option<ResultWithRows>, Error> {
        let Some(newest) = self.newest(subject).await? else {
            return Ok(None);
        };
        if let Some(settled) = self.at_hand(&newest).await? {
            return Ok(Some(settled));
        }
        let (clip, version) = (subject.clip, subject.version);
        match StoredResult::newest_kept(&self.store, clip, version).await? {
            Some(kept) => self.at_hand(&kept).await,
            None => Ok(None),
        }
    }

    /// The facts of the newest result that is no error.
    pub async fn newest(&self, subject: Subject) -> Result<Option<StoredResult>, Error> {
        let version = self.version(subject);
        version
            .look(self, subject, |ledger| ledger.good().cloned())
            .await
    }

    /// A result with its rows, or the error that it is. [`Error::Swept`] where the rows are gone.
    pub async fn open(&self, result: &StoredResult) -> Result<RunOutcome, Error> {
        if let Err(failure) = &result.content {
            return Ok(Err(failure.clone()));
        }
        let swept = Error::Swept {
            version: result.version,
            number: result.number,
        };
        let is_being_kept = |key| self.keeper.find(key).is_some();
        let settled = match result.has_rows() || result.rows_key().is_some_and(is_being_kept) {
            true => self.at_hand(result).await?,
            // Rows that are only in memory are gone soon. They may have been kept since the result was found.
            false => self.kept(result).await?,
        };
        settled.map(Ok).ok_or(swept)
    }

    /// Pins a clip to a result, whose rows are kept before this returns.
    pub async fn pin(&self, clip: &Clip, result: &StoredResult, by: &User) -> Result<(), Error> {
        let rows = result.rows_key().and_then(|key| self.in_memory(key));
        Pin::create(&self.store, clip, result, rows.as_ref(), by).await
    }

    /// The same with what a run returned, however much that is.
    pub async fn pin_with_rows(
        &self,
        clip: &Clip,
        settled: &ResultWithRows,
        by: &User,
    ) -> Result<(), Error> {
        Pin::create(&self.store, clip, &settled.result, Some(&settled.rows), by).await
    }

    /// Lets go of versions that nobody asks for, and of rows beyond what is kept.
    pub async fn tidy(&self) {
        self.versions()
            .retain(|_, version| !version.is_idle(UNUSED_MAX));
        // What had grown when the server stopped is not known.
        let is_first = !self.is_swept.load(Ordering::Relaxed);
        let grown = self.keeper.take_grown();
        let clips = (!is_first).then_some(&grown[..]);
        match sweep_results(&self.store, clips, self.keeper.bytes_max()).await {
            Ok(released) => {
                self.is_swept.store(true, Ordering::Relaxed);
                self.rows_went(&released);
            }
            Err(error) => {
                tracing::warn!(
                    cause = error.cause(),
                    "results that are to go stay until the next try"
                );
                self.keeper.give_back(grown);
            }
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
        let mut moved = Vec::new();
        for version in versions {
            let taken = version.take_checked();
            if !taken.is_empty() {
                checked.extend(taken);
                moved.push(version);
            }
        }
        if checked.is_empty() {
            return;
        }
        if let Err(error) = StoredResult::check(&self.store, &checked).await {
            tracing::warn!(
                cause = error.cause(),
                "when results were last checked is kept at the next try"
            );
            moved.iter().for_each(|version| version.give_checked_back());
        }
    }

    /// Of a result's rows those that are in memory already, or else these, from now on.
    fn hold(&self, result: &StoredResult, rows: Rows) -> Rows {
        let Some(key) = result.rows_key() else {
            return rows;
        };
        self.held.find(key).unwrap_or_else(|| {
            self.held.hold(key, &rows);
            rows
        })
    }

    /// Keeps the rows of a version's newest result after a while, whichever that is then.
    fn keep_soon(self: &Arc<Self>, subject: Subject, version: Arc<LiveVersion>, wait: Duration) {
        let live = self.clone();
        self.keeper.after(wait, move || {
            if let Some(result) = version.unkept()
                && let Some(rows) = result.rows_key().and_then(|key| live.held.find(key))
            {
                live.keeper.keep(subject, version, &result, &rows);
            }
        });
    }

    fn rows_went(&self, released: &[Released]) {
        let versions = self.versions();
        for Released { id, clip, version } in released {
            let subject = Subject {
                clip: *clip,
                version: *version,
            };
            if let Some(version) = versions.get(&subject) {
                version.rows_went(*id);
            }
        }
    }

    async fn at_hand(&self, result: &StoredResult) -> Result<Option<ResultWithRows>, Error> {
        let (Some(summary), Some(key)) = (result.summary(), result.rows_key()) else {
            return Ok(None);
        };
        let load = async {
            match self.keeper.find(key) {
                Some(rows) => Ok(Some(rows)),
                None => result.rows(&self.store, &self.memory).await,
            }
        };
        let rows = self.held.find_or_load(key, load).await?;
        Ok(rows.map(|rows| ResultWithRows {
            result: result.clone(),
            summary,
            rows,
        }))
    }

    async fn kept(&self, result: &StoredResult) -> Result<Option<ResultWithRows>, Error> {
        let rows = result.rows(&self.store, &self.memory).await?;
        Ok(rows
            .zip(result.summary())
            .map(|(rows, summary)| ResultWithRows {
                result: result.clone(),
                summary,
                rows,
            }))
    }

    fn in_memory(&self, key: RowsKey) -> Option<Rows> {
        self.held.find(key).or_else(|| self.keeper.find(key))
    }

    fn version(&self, subject: Subject) -> Arc<LiveVersion> {
        let version = self.versions().entry(subject).or_default().clone();
        version.touch();
        version
    }

    fn versions(&self) -> MutexGuard<'_, HashMap<Subject, Arc<LiveVersion>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
