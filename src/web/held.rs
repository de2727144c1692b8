//! What each version's latest run returned: its facts, so that equal data is answered with equal bytes; and, for those
//! looked at as pages, its rows, so that the next page or another order needs no second run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::result::{Rows, Summary};

/// Beyond this an old entry makes room; its clip's next answer then carries new times.
const VERSIONS_MAX: usize = 10_000;
/// Rows that nobody looked at for so long are let go.
const IDLE_MAX: Duration = Duration::from_secs(15 * 60);

/// Latest results by clip number and version.
pub struct Held {
    /// Of compressed rows, together.
    bytes_max: u64,
    results: Mutex<HashMap<(i64, i32), Latest>>,
}

struct Latest {
    summary: Summary,
    rows: Option<Rows>,
    used_at: Instant,
}

impl Held {
    pub fn new(bytes_max: u64) -> Self {
        Self {
            bytes_max,
            results: Mutex::default(),
        }
    }

    /// A run whose data equals the latest result's only moves that result's *checked* time.
    pub fn settle(&self, clip: i64, version: i32, run: Summary) -> Summary {
        let mut results = self.lock();
        if let Some(Latest { summary, .. }) = results.get_mut(&(clip, version))
            && summary.checksum == run.checksum
        {
            summary.checked_at = summary.checked_at.max(run.finished_at);
            return Summary {
                started_at: summary.started_at,
                finished_at: summary.finished_at,
                checked_at: summary.checked_at,
                ..run
            };
        }
        if results.len() >= VERSIONS_MAX
            && let Some(oldest) = results
                .iter()
                .min_by_key(|(_, latest)| latest.summary.checked_at)
                .map(|(key, _)| *key)
        {
            results.remove(&oldest);
        }
        let latest = Latest {
            summary: run.clone(),
            rows: None,
            used_at: Instant::now(),
        };
        results.insert((clip, version), latest);
        run
    }

    /// Keeps the rows of a settled result while people page through them. The least used make room.
    pub fn keep(&self, clip: i64, version: i32, rows: &Rows) {
        let mut results = self.lock();
        if let Some(latest) = results.get_mut(&(clip, version)) {
            latest.rows = Some(rows.clone());
            latest.used_at = Instant::now();
        }
        while results.values().map(Latest::bytes).sum::<u64>() > self.bytes_max
            && let Some(latest) = results
                .values_mut()
                .filter(|latest| latest.rows.is_some())
                .min_by_key(|latest| latest.used_at)
        {
            latest.rows = None;
        }
    }

    /// The latest result, if its rows are kept.
    pub fn find(&self, clip: i64, version: i32) -> Option<(Rows, Summary)> {
        let mut results = self.lock();
        let latest = results.get_mut(&(clip, version))?;
        latest.used_at = Instant::now();
        Some((latest.rows.clone()?, latest.summary.clone()))
    }

    /// Lets go of rows that nobody looks at any more.
    pub fn sweep(&self) {
        for latest in self.lock().values_mut() {
            if latest.used_at.elapsed() > IDLE_MAX {
                latest.rows = None;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(i64, i32), Latest>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Latest {
    fn bytes(&self) -> u64 {
        self.rows.as_ref().map_or(0, Rows::bytes)
    }
}
