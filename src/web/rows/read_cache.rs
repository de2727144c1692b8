//! Reuses values that were read from the store up to half a second ago.
//!
//! A change through this server ends all reuse as soon as its request has ended; a change by a command or another server
//! is seen within a second.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::error::Error;

/// How long a cached read may be reused. A cached response may contain a cached read: that makes a second in all.
const REUSED_FOR: Duration = Duration::from_millis(500);
/// Entries of one kind. Those that are requested most often stay.
const ENTRIES_MAX: usize = 1_000;

/// Counts the requests that may have changed something: whatever was read in an earlier generation has expired.
#[derive(Debug, Default)]
pub struct Generation(AtomicU64);

/// A moment just before something is read.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Instant,
    generation: u64,
}

/// A request that may change something. When it is dropped, a new generation begins.
pub struct Change<'a>(&'a Generation);

/// Values of one kind, as they were read last.
pub struct ReadCache<K, V> {
    generation: Arc<Generation>,
    entries: Cache<K, (Moment, V)>,
}

impl Generation {
    pub fn change(&self) -> Change<'_> {
        Change(self)
    }

    pub fn now(&self) -> Moment {
        Moment {
            at: Instant::now(),
            generation: self.0.load(Ordering::SeqCst),
        }
    }

    /// The age of what was read after this moment; `None` where it has expired.
    pub fn age(&self, moment: Moment) -> Option<Duration> {
        let age = moment.at.elapsed();
        let is_unchanged = moment.generation == self.0.load(Ordering::SeqCst);
        (is_unchanged && age < REUSED_FOR).then_some(age)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl<K: Eq + Hash + Clone, V: Clone> ReadCache<K, V> {
    pub fn new(generation: &Arc<Generation>) -> Self {
        Self {
            generation: generation.clone(),
            entries: Cache::new(ENTRIES_MAX),
        }
    }

    /// The cached value, or the one that is read now.
    pub async fn find(
        &self,
        key: &K,
        read: impl Future<Output = Result<V, Error>>,
    ) -> Result<V, Error> {
        if let Some((moment, value)) = self.entries.get(key)
            && self.generation.age(moment).is_some()
        {
            return Ok(value);
        }
        let moment = self.generation.now();
        let value = read.await?;
        self.entries.insert(key.clone(), (moment, value.clone()));
        Ok(value)
    }
}
