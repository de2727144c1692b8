//! Whether what was read from the store a moment ago may still be told. What this server generation holds from the moment it
//! says so; what is changed beside it, by a command or another server, within a second.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::error::Error;

/// For how long something may be told again. An answer may be made of what was remembered: that is a second in all.
const KEPT: Duration = Duration::from_millis(500);
/// Things of one kind that are remembered; those that are asked for most stay.
const THINGS_MAX: usize = 1_000;

/// Counts the requests that may have changed something.
#[derive(Debug, Default)]
pub struct Generation(AtomicU64);

/// A moment at which something was about to be read.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Instant,
    generation: u64,
}

/// A request that may change something, while it lives.
pub struct Change<'a>(&'a Generation);

/// Things of one kind, as they were a moment ago.
pub struct ReadCache<K, V> {
    generation: Arc<Generation>,
    things: Cache<K, (Moment, V)>,
}

impl Generation {
    pub fn begin(&self) -> Change<'_> {
        Change(self)
    }

    pub fn now(&self) -> Moment {
        Moment {
            at: Instant::now(),
            generation: self.0.load(Ordering::SeqCst),
        }
    }

    /// How old is what was read after this moment; `None` where it may not be told any more.
    pub fn age(&self, moment: Moment) -> Option<Duration> {
        let age = moment.at.elapsed();
        let is_unchanged = moment.generation == self.0.load(Ordering::SeqCst);
        (is_unchanged && age < KEPT).then_some(age)
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
            things: Cache::new(THINGS_MAX),
        }
    }

    /// As it was a moment ago, or as it is read now.
    pub async fn find(
        &self,
        key: &K,
        read: impl Future<Output = Result<V, Error>>,
    ) -> Result<V, Error> {
        let known = self.things.get(key);
        if let Some((moment, thing)) = known
            && self.generation.age(moment).is_some()
        {
            return Ok(thing);
        }
        let moment = self.generation.now();
        let thing = read.await?;
        self.things.insert(key.clone(), (moment, thing.clone()));
        Ok(thing)
    }
}
