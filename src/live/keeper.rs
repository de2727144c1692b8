//! Keeps rows in the store, beside the answers that go out with them.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::Subject;
use super::version::LiveVersion;
use crate::model::StoredResult;
use crate::result::Rows;
use crate::store::Store;

/// Results that are being written at the same time: the store's connections serve requests too.
const WRITERS: usize = 2;

pub(super) struct Keeper {
    store: Store,
    /// Of the rows kept for each clip.
    bytes_max: u64,
    writers: Arc<Semaphore>,
    tasks: TaskTracker,
    /// Rows on their way to the store, by their result.
    on_their_way: Arc<Mutex<HashMap<i64, Rows>>>,
    /// Clips with rows that were kept since the last sweep.
    grown: Arc<Mutex<HashSet<i64>>>,
}

impl Keeper {
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

    /// Whether these rows may be kept at all.
    pub(super) fn takes(&self, rows: &Rows) -> bool {
        rows.bytes() <= self.bytes_max
    }

    /// Returns at once. The version is told when the rows are kept.
    pub(super) fn keep(
        &self,
        subject: Subject,
        version: Arc<LiveVersion>,
        result: i64,
        rows: Rows,
    ) {
        let (store, writers, grown) =
            (self.store.clone(), self.writers.clone(), self.grown.clone());
        lock(&self.on_their_way).insert(result, rows.clone());
        let on_their_way = self.on_their_way.clone();
        self.tasks.spawn(async move {
            let turn = writers.acquire().await;
            let kept = StoredResult::keep_rows(&store, result, &rows).await;
            drop(turn);
            lock(&on_their_way).remove(&result);
            match kept {
                Ok(()) => {
                    lock(&grown).insert(subject.clip);
                    version.rows_were_kept(result).await;
                }
                Err(error) => tracing::error!(
                    clip = subject.clip,
                    version = subject.version,
                    cause = error.cause(),
                    "a result's rows were not kept"
                ),
            }
        });
    }

    /// Rows that the store has not got yet.
    pub(super) fn find(&self, result: i64) -> Option<Rows> {
        lock(&self.on_their_way).get(&result).cloned()
    }

    /// The clips that may hold more than they may, and how much that is in bytes.
    pub(super) fn take_grown(&self) -> (Vec<i64>, u64) {
        let clips = mem::take(&mut *lock(&self.grown));
        (clips.into_iter().collect(), self.bytes_max)
    }

    /// Clips that were not swept after all.
    pub(super) fn give_back(&self, clips: Vec<i64>) {
        lock(&self.grown).extend(clips);
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
