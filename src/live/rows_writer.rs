//! Writes rows to the store in the background, while the responses that carry them are sent.
//!
//! All rows of a result are stored, or none: a server that is killed leaves no half result.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::{Duration, sleep};
use tokio_util::task::TaskTracker;

use crate::error::Error;
use crate::model::{Kept, RowsKey, StoredResult, Subject};
use crate::result::Rows;
use crate::run::parameters::SetKey;
use crate::store::Store;

/// Results that are written at the same time: the store's connections serve requests too.
const WRITES_MAX: usize = 2;
/// Results whose rows may be waiting or being written: they take memory, or temporary files.
const PENDING_MAX: usize = 64;

pub(super) struct RowsWriter {
    store: Store,
    /// The limit for the stored rows of each clip.
    bytes_max: u64,
    writes: Arc<Semaphore>,
    tasks: TaskTracker,
    /// Rows that are waiting or being written.
    pending: Arc<Mutex<HashMap<RowsKey, Rows>>>,
}

/// How an attempt to write a result's rows ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteOutcome {
    Written,
    /// The store no longer has the result.
    ResultIsGone,
    /// The rows are too large, or the store failed.
    NotWritten,
}

impl RowsWriter {
    /// `bytes_max` limits the stored rows of each clip.
    pub(super) fn new(store: Store, bytes_max: u64) -> Self {
        Self {
            store,
            bytes_max,
            writes: Arc::new(Semaphore::new(WRITES_MAX)),
            tasks: TaskTracker::new(),
            pending: Arc::default(),
        }
    }

    /// Returns at once, and calls `report` when the write has ended. Does nothing while too many writes are pending: the
    /// next run that returns equal data tries again.
    pub(super) fn write(
        &self,
        subject: Subject,
        result: &StoredResult,
        rows: &Rows,
        report: impl FnOnce(WriteOutcome) + Send + 'static,
    ) {
        let Some(key) = result.rows_key().filter(|_| self.has_room()) else {
            return;
        };
        let (store, bytes_max) = (self.store.clone(), self.bytes_max);
        let (writes, pending) = (self.writes.clone(), self.pending.clone());
        let rows = rows.clone();
        lock(&pending).insert(key, rows.clone());
        self.tasks.spawn(async move {
            let permit = writes.acquire().await;
            let written = compress_and_write(&store, key, subject.values, &rows, bytes_max).await;
            drop(permit);
            lock(&pending).remove(&key);
            let outcome = written.unwrap_or_else(|error| {
                tracing::error!(
                    clip = subject.clip,
                    version = subject.version,
                    cause = error.cause(),
                    "a result's rows were not written to the store"
                );
                WriteOutcome::NotWritten
            });
            report(outcome);
        });
    }

    /// Does this work after a delay. [`RowsWriter::close`] waits for it too.
    pub(super) fn after(&self, delay: Duration, work: impl FnOnce() + Send + 'static) {
        self.tasks.spawn(async move {
            sleep(delay).await;
            work();
        });
    }

    /// Rows that the store does not have yet.
    pub(super) fn find(&self, key: RowsKey) -> Option<Rows> {
        lock(&self.pending).get(&key).cloned()
    }

    /// Waits until everything is written.
    pub(super) async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn has_room(&self) -> bool {
        lock(&self.pending).len() < PENDING_MAX
    }
}

async fn compress_and_write(
    store: &Store,
    key: RowsKey,
    values: SetKey,
    rows: &Rows,
    bytes_max: u64,
) -> Result<WriteOutcome, Error> {
    if let Err(error) = rows.compress().await {
        tracing::warn!(%error, "rows stay uncompressed in memory");
    }
    // Their size is known only now.
    if rows.bytes() > bytes_max {
        return Ok(WriteOutcome::NotWritten);
    }
    let kept = StoredResult::keep_rows(store, key, values, rows);
    Ok(match kept.await? {
        Kept::Stored => WriteOutcome::Written,
        Kept::NoRoom => WriteOutcome::NotWritten,
        Kept::ResultIsGone => WriteOutcome::ResultIsGone,
    })
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
