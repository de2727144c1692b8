//! Deletes results and rows beyond the limits. Knows which clips may exceed them.

use std::collections::HashSet;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::metrics::LiveMetrics;
use crate::error::Error;
use crate::model::{Job, sweep_results};
use crate::store::Store;

pub(super) struct Sweeper {
    store: Store,
    /// The limit for the stored rows of each clip.
    bytes_max: u64,
    metrics: LiveMetrics,
    /// Clips with new results, or newly written rows, since the last sweep.
    grown: Mutex<HashSet<i64>>,
    /// Whether all clips have been swept since the server started.
    has_swept_all: AtomicBool,
}

impl Sweeper {
    /// `bytes_max` limits the stored rows of each clip.
    pub(super) fn new(store: Store, bytes_max: u64, metrics: LiveMetrics) -> Self {
        Self {
            store,
            bytes_max,
            metrics,
            grown: Mutex::default(),
            has_swept_all: AtomicBool::new(false),
        }
    }

    /// The clip has a new result, or newly written rows.
    pub(super) fn note_growth(&self, clip: i64) {
        self.grown().insert(clip);
    }

    /// Sweeps the clips that have grown; all clips the first time, unless another server just did, since nothing is known of
    /// those that grew before the server started. Whoever uses a version hears of it.
    pub(super) async fn sweep(&self) -> Result<(), Error> {
        let is_first = !self.has_swept_all.load(Ordering::Relaxed)
            && Job::SWEEP_RESULTS.claim(&self.store).await?;
        let grown: Vec<i64> = mem::take(&mut *self.grown()).into_iter().collect();
        if grown.is_empty() && !is_first {
            return Ok(());
        }
        let clips = (!is_first).then_some(&grown[..]);
        let swept = sweep_results(&self.store, clips, self.bytes_max).await;
        Job::SWEEP_RESULTS.note_end(&self.store, &swept);
        match &swept {
            Ok(swept) => {
                self.metrics.note_swept(*swept);
                self.has_swept_all.store(true, Ordering::Relaxed);
            }
            Err(_) => self.grown().extend(grown),
        }
        swept.map(|_| ())
    }

    fn grown(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.grown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
