//! Where results are: their facts and rows in our store, rows in memory, and rows on their way from memory to the store.
//!
//! Knows nothing of versions in use or of runs: callers pass a function that it reports to.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::metrics::LiveMetrics;
use super::outcome::ResultWithRows;
use super::rows_cache::RowsCache;
use super::rows_writer::{RowsWriter, WriteOutcome};
use super::sweeper::Sweeper;
use crate::error::Error;
use crate::model::{FailedRun, RowsKey, StoredResult, Subject};
use crate::result::{Memory, Rows, Summary};
use crate::run::Values;
use crate::servers::Servers;
use crate::store::Store;

/// Cached rows may take this part of the server's memory limit: 1 / 4.
const CACHE_PART: u64 = 4;
/// A new result's rows are in the store by then, or not at all.
const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_secs(3);
/// How often one that writes itself looks whether it has.
const WRITING_LOOK: Duration = Duration::from_millis(10);
/// How often another server looks for them.
const WRITTEN_LOOK: Duration = Duration::from_millis(50);

/// The results of all versions.
pub(super) struct ResultStorage {
    store: Store,
    servers: Arc<Servers>,
    memory: Memory,
    cache: Arc<RowsCache>,
    writer: RowsWriter,
    sweeper: Arc<Sweeper>,
    metrics: LiveMetrics,
}

impl ResultStorage {
    /// `bytes_max` limits the stored rows of each clip.
    pub(super) fn new(store: Store, servers: Arc<Servers>, memory: Memory, bytes_max: u64) -> Self {
        let metrics = LiveMetrics::default();
        Self {
            cache: Arc::new(RowsCache::new(memory.bytes_max() / CACHE_PART)),
            writer: RowsWriter::new(store.clone(), bytes_max),
            sweeper: Arc::new(Sweeper::new(store.clone(), bytes_max, metrics.clone())),
            store,
            servers,
            memory,
            metrics,
        }
    }

    pub(super) fn metrics(&self) -> &LiveMetrics {
        &self.metrics
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Adds the next result of a version, without its rows.
    pub(super) async fn add(
        &self,
        subject: Subject,
        values: &Values,
        run: &Summary,
        rows: &Rows,
    ) -> Result<StoredResult, Error> {
        let Subject { clip, version, .. } = subject;
        let columns = rows.columns();
        let result = StoredResult::add(&self.store, clip, version, values, run, columns).await?;
        self.sweeper.note_growth(clip);
        Ok(result)
    }

    /// Adds the next result of a version: an error.
    pub(super) async fn add_failed(
        &self,
        subject: Subject,
        values: &Values,
        run: &FailedRun,
    ) -> Result<StoredResult, Error> {
        let Subject { clip, version, .. } = subject;
        let result = StoredResult::add_failed(&self.store, clip, version, values, run).await?;
        self.sweeper.note_growth(clip);
        Ok(result)
    }

    /// Caches a result's rows. Returns the rows that are cached already if there are some: then these can be dropped.
    pub(super) fn cache_rows(&self, result: &StoredResult, rows: Rows) -> Rows {
        let Some(key) = result.rows_key() else {
            return rows;
        };
        self.cache.find(key).unwrap_or_else(|| {
            self.cache.insert(key, &rows);
            rows
        })
    }

    pub(super) fn cached_rows(&self, result: &StoredResult) -> Option<Rows> {
        self.cache.find(result.rows_key()?)
    }

    /// Rows that are cached, or on their way to the store.
    pub(super) fn rows_in_memory(&self, result: &StoredResult) -> Option<Rows> {
        let key = result.rows_key()?;
        self.cache.find(key).or_else(|| self.writer.find(key))
    }

    /// Whether a result's rows are on their way to the store.
    pub(super) fn is_being_written(&self, result: &StoredResult) -> bool {
        let key = result.rows_key();
        key.is_some_and(|key| self.writer.find(key).is_some())
    }

    /// A result with its rows, from memory or from the store. `None` for an error, and where the rows are gone.
    pub(super) async fn with_rows(
        &self,
        result: &StoredResult,
    ) -> Result<Option<ResultWithRows>, Error> {
        let Some(key) = result.rows_key() else {
            return Ok(None);
        };
        loop {
            self.metrics.rows_cache.note(self.cache.has(key));
            let rows = self.cache.find_or_load(key, self.load(key, result)).await?;
            if rows.is_none() && self.may_be_written_elsewhere(result) {
                sleep(WRITTEN_LOOK).await;
                continue;
            }
            return Ok(rows.and_then(|rows| ResultWithRows::new(result.clone(), rows)));
        }
    }

    async fn load(&self, key: RowsKey, result: &StoredResult) -> Result<Option<Rows>, Error> {
        match self.writer.find(key) {
            Some(rows) => Ok(Some(rows)),
            None => result.rows(&self.store, &self.memory).await,
        }
    }

    /// Whether another server may just be writing the rows of this result.
    pub(super) fn may_be_written_elsewhere(&self, result: &StoredResult) -> bool {
        let age = Timestamp::now().duration_since(result.finished_at);
        !self.servers.is_alone() && age.abs() < WRITTEN_WITHIN
    }

    /// The same from the store only; the rows are not cached.
    pub(super) async fn with_stored_rows(
        &self,
        result: &StoredResult,
    ) -> Result<Option<ResultWithRows>, Error> {
        let rows = result.rows(&self.store, &self.memory).await?;
        Ok(rows.and_then(|rows| ResultWithRows::new(result.clone(), rows)))
    }

    /// The same from memory, for a set of values for which the store has no room: its rows stay as long as they are cached.
    pub(super) fn with_unkept_rows(&self, result: &StoredResult) -> Option<ResultWithRows> {
        let rows = (!result.values.is_empty()).then(|| self.cached_rows(result))??;
        ResultWithRows::new(result.clone(), rows)
    }

    /// Returns at once, and calls `report` when the write has ended. Does nothing while too many writes are pending.
    pub(super) fn write_rows(
        &self,
        subject: Subject,
        result: &StoredResult,
        rows: &Rows,
        report: impl FnOnce(WriteOutcome) + Send + 'static,
    ) {
        let sweeper = self.sweeper.clone();
        self.writer.write(subject, result, rows, move |outcome| {
            if outcome == WriteOutcome::Written {
                sweeper.note_growth(subject.clip);
            }
            report(outcome);
        });
    }

    /// Returns once the rows are in the store, or cannot be.
    pub(super) async fn keep_rows(&self, subject: Subject, result: &StoredResult, rows: &Rows) {
        if result.has_rows() {
            return;
        }
        while self.is_being_written(result) {
            sleep(WRITING_LOOK).await;
        }
        let (report, written) = oneshot::channel();
        self.write_rows(subject, result, rows, |outcome| {
            let _ = report.send(outcome);
        });
        // Fails where too many writes are pending.
        let _ = written.await;
    }

    /// Does this work after a delay. [`ResultStorage::close`] waits for it too.
    pub(super) fn after(&self, delay: Duration, work: impl FnOnce() + Send + 'static) {
        self.writer.after(delay, work);
    }

    /// Deletes what is beyond the limits.
    pub(super) async fn sweep(&self) -> Result<(), Error> {
        self.sweeper.sweep().await
    }

    /// Waits until everything is written.
    pub(super) async fn close(&self) {
        self.writer.close().await;
    }
}
