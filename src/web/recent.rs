//! What each version's latest run returned, so that equal data is answered with equal bytes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::result::Summary;

/// Beyond this an old entry makes room; its clip's next answer then carries new times.
const VERSIONS_MAX: usize = 10_000;

/// Summaries by clip number and version.
#[derive(Default)]
pub struct Recent(Mutex<HashMap<(i64, i32), Summary>>);

impl Recent {
    /// A run whose data equals the latest result's only moves that result's *checked* time.
    pub fn settle(&self, clip: i64, version: i32, run: Summary) -> Summary {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = recent.get_mut(&(clip, version))
            && latest.checksum == run.checksum
        {
            latest.checked_at = latest.checked_at.max(run.finished_at);
            return Summary {
                started_at: latest.started_at,
                finished_at: latest.finished_at,
                checked_at: latest.checked_at,
                ..run
            };
        }
        if recent.len() >= VERSIONS_MAX
            && let Some(oldest) = recent
                .iter()
                .min_by_key(|(_, summary)| summary.checked_at)
                .map(|(key, _)| *key)
        {
            recent.remove(&oldest);
        }
        recent.insert((clip, version), run.clone());
        run
    }
}
