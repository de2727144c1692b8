//! Keeps rows in the store, beside the answers that go out with them.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::{Duration, sleep};
use tokio_util::task::TaskTracker;

use super::Subject;
use super::version::LiveVersion;
use crate::model::{RowsKey, StoredResult};
use crate::result::Rows;
use crate::store::Store;

/// Results that are being written at the same time: the store's connections serve requests too.
const WRITERS: usize = 2;
/// Results that may wait to be written: they hold memory, or temporary files.
const WAITING_MAX: usize = 64;

pub(super) struct RowsWriter {
    store: Store,
    /// Of the rows kept for each clip.
    bytes_max: u64,
    writers: Arc<Semaphore>,
    tasks: TaskTracker,
    /// Rows on their way to the store, by their result.
    on_their_way: Arc<Mutex<HashMap<RowsKey, Rows>>>,
    /// Clips with results that came, or rows that were kept, since the last sweep.
    grown: Arc<Mutex<HashSet<i64>>>,
}

impl RowsWriter {
    pub(super) fn new(store: Store, bytes_max: u64) -> Self {
        Self {
            store,
            bytes_max,
            writers: Arc::new(Semaphore::new(WRITERS)),
            tasks: TaskTracker::new(),
            on_their_way: Arc::default(),
            grown: Arc::default(),
        }
    }

    /// Returns at once; the version is told when the rows are kept. Where too much waits already, it does nothing: the
    /// next run that returns the same tries again.
    pub(super) fn keep(
        &self,
        subject: Subject,
        version: Arc<LiveVersion>,
        result: &StoredResult,
        rows: &Rows,
    ) {
        let Some(key) = result.rows_key().filter(|_| self.has_room()) else {
            return;
        };
        let bytes_max = self.bytes_max;
        let (store, writers, grown) =
            (self.store.clone(), self.writers.clone(), self.grown.clone());
        let (rows, on_their_way) = (rows.clone(), self.on_their_way.clone());
        lock(&on_their_way).insert(key, rows.clone());
        self.tasks.spawn(async move {
            let turn = writers.acquire().await;
            if let Err(error) = rows.compress().await {
                tracing::warn!(%error, "rows stay uncompressed in memory");
            }
            // Only now it is known how much they take.
            let kept = match rows.bytes() <= bytes_max {
                true => Some(StoredResult::keep_rows(&store, key, &rows).await),
                false => None,
            };
            drop(turn);
            lock(&on_their_way).remove(&key);
            match kept {
                Some(Ok(true)) => {
                    lock(&grown).insert(subject.clip);
                    version.rows_were_kept(key.id);
                }
                Some(Ok(false)) => version.forget(),
                None => {}
                Some(Err(error)) => tracing::error!(
                    clip = subject.clip,
                    version = subject.version,
                    cause = error.cause(),
                    "a result's rows were not kept"
                ),
            }
        });
    }

    /// Does this after a while, and before the server stops.
    pub(super) fn after(&self, wait: Duration, work: impl FnOnce() + Send + 'static) {
        self.tasks.spawn(async move {
            sleep(wait).await;
            work();
        });
    }

    /// There is one result more.
    pub(super) fn grew(&self, clip: i64) {
        lock(&self.grown).insert(clip);
    }

    /// Rows that the store has not got yet.
    pub(super) fn find(&self, key: RowsKey) -> Option<Rows> {
        lock(&self.on_their_way).get(&key).cloned()
    }

    /// Of the rows kept for each clip.
    pub(super) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// The clips that may hold more than they may.
    pub(super) fn take_grown(&self) -> Vec<i64> {
        let clips = mem::take(&mut *lock(&self.grown));
        clips.into_iter().collect()
    }

    /// Clips that were not swept after all.
    pub(super) fn give_back(&self, clips: Vec<i64>) {
        lock(&self.grown).extend(clips);
    }

    fn has_room(&self) -> bool {
        lock(&self.on_their_way).len() < WAITING_MAX
    }

    /// Waits until everything is written.
    pub(super) async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
