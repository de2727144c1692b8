//! Deletes results and rows beyond the limits. Knows which clips may exceed them.

use std::collections::HashSet;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::metrics::LiveMetrics;
use crate::error::Error;
use crate::model::{Job, Swept, sweep_results};
use crate::store::Store;

/// How often all clips are swept: some limits are reached by time alone.
const ALL_EVERY: Duration = Duration::from_hours(24);

pub(super) struct Sweeper {
    store: Store,
    /// The limit for the stored rows of each clip.
    bytes_max: u64,
    metrics: LiveMetrics,
    /// Clips with new results, or newly written rows, since the last sweep.
    grown: Mutex<HashSet<i64>>,
    /// When all clips were last swept, here or at another server. `None` since the server started: nothing is known of clips that
    /// grew before.
    swept_all_at: Mutex<Option<Instant>>,
}

impl Sweeper {
    /// `bytes_max` limits the stored rows of each clip.
    pub(super) fn new(store: Store, bytes_max: u64, metrics: LiveMetrics) -> Self {
        Self {
            store,
            bytes_max,
            metrics,
            grown: Mutex::default(),
            swept_all_at: Mutex::default(),
        }
    }

    /// The clip has a new result, or newly written rows.
    pub(super) fn note_growth(&self, clip: i64) {
        self.grown().insert(clip);
    }

    /// Sweeps the clips that have grown; at the start and once a day all, unless another server just does. Whoever uses a version
    /// hears of it.
    pub(super) async fn sweep(&self) -> Result<(), Error> {
        let is_due = self
            .swept_all_at()
            .is_none_or(|at| at.elapsed() >= ALL_EVERY);
        let sweeps_all = is_due && Job::SWEEP_RESULTS.claim(&self.store).await?;
        let grown: Vec<i64> = mem::take(&mut *self.grown()).into_iter().collect();
        let swept = if sweeps_all || !grown.is_empty() {
            let clips = (!sweeps_all).then_some(&grown[..]);
            let swept = sweep_results(&self.store, clips, self.bytes_max).await;
            Job::SWEEP_RESULTS.note_end(&self.store, &swept);
            swept
        } else {
            Ok(Swept::default())
        };
        match &swept {
            Ok(swept) => {
                self.metrics.note_swept(*swept);
                if is_due {
                    *self.swept_all_at() = Some(Instant::now());
                }
            }
            Err(_) => self.grown().extend(grown),
        }
        swept.map(|_| ())
    }

    fn swept_all_at(&self) -> MutexGuard<'_, Option<Instant>> {
        let at = self.swept_all_at.lock();
        at.unwrap_or_else(PoisonError::into_inner)
    }

    fn grown(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.grown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
