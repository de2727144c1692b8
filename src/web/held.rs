//! What each version's latest run returned: its facts, so that equal data is answered with equal bytes; and, for those
//! looked at as pages, its rows, so that the next page or another order needs no second run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use crate::result::{Rows, Summary};

/// Beyond this an old entry makes room; its clip's next answer then carries new times.
const VERSIONS_MAX: usize = 10_000;
/// Older rows are not shown any more: whoever turns a page after that gets a fresh run.
const AGE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// The latest results.
pub struct Held {
    /// Of compressed rows, together.
    bytes_max: u64,
    results: Mutex<Results>,
}

/// By clip number and version.
type Results = HashMap<(i64, i32), Latest>;

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
        Self::settle_in(&mut self.lock(), (clip, version), run)
    }

    /// The same, and keeps the rows while people page through them. The least used make room.
    pub fn settle_and_keep(&self, clip: i64, version: i32, run: Summary, rows: &Rows) -> Summary {
        let mut results = self.lock();
        let checksum = run.checksum;
        let settled = Self::settle_in(&mut results, (clip, version), run);
        if let Some(latest) = results.get_mut(&(clip, version))
            && latest.summary.checksum == checksum
        {
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
        settled
    }

    /// The latest result's facts, which those of the run under way will probably equal.
    pub fn latest(&self, clip: i64, version: i32) -> Option<Summary> {
        let results = self.lock();
        results
            .get(&(clip, version))
            .map(|latest| latest.summary.clone())
    }

    /// The latest result, if its rows are kept and not too old.
    pub fn find(&self, clip: i64, version: i32) -> Option<(Rows, Summary)> {
        let mut results = self.lock();
        let latest = results.get_mut(&(clip, version))?;
        latest.used_at = Instant::now();
        let rows = latest.rows.clone().filter(|_| !latest.is_old())?;
        Some((rows, latest.summary.clone()))
    }

    /// Lets go of all rows: a database is another one now.
    pub fn forget(&self) {
        for latest in self.lock().values_mut() {
            latest.rows = None;
        }
    }

    /// Lets go of rows that are too old.
    pub fn sweep(&self) {
        for latest in self.lock().values_mut() {
            if latest.is_old() {
                latest.rows = None;
            }
        }
    }

    fn settle_in(results: &mut Results, key: (i64, i32), run: Summary) -> Summary {
        if let Some(Latest { summary, .. }) = results.get_mut(&key) {
            if summary.checksum == run.checksum {
                summary.checked_at = summary.checked_at.max(run.finished_at);
                return Summary {
                    started_at: summary.started_at,
                    finished_at: summary.finished_at,
                    checked_at: summary.checked_at,
                    ..run
                };
            }
            if summary.started_at > run.started_at {
                // A later run has overtaken this one.
                return run;
            }
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
        results.insert(key, latest);
        run
    }

    fn lock(&self) -> MutexGuard<'_, Results> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Latest {
    fn is_old(&self) -> bool {
        Timestamp::now().duration_since(self.summary.checked_at) > AGE_MAX
    }

    fn bytes(&self) -> u64 {
        self.rows.as_ref().map_or(0, Rows::bytes)
    }
}
