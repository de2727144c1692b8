//! Reuses values that were read from the store up to two seconds ago. `cache_generation` says when one has expired.

use std::hash::Hash;
use std::sync::Arc;

use quick_cache::sync::Cache;

use super::cache_generation::{Generation, Moment};
use crate::error::Error;
use crate::live::Lookups;

/// Entries of one kind. Those that are requested most often stay.
const ENTRIES_MAX: usize = 1_000;

/// Values of one kind, as they were read last.
pub struct ReadCache<K, V> {
    generation: Arc<Generation>,
    entries: Cache<K, (Moment, V)>,
    lookups: Lookups,
}

impl<K: Eq + Hash + Clone, V: Clone> ReadCache<K, V> {
    pub fn new(generation: &Arc<Generation>) -> Self {
        Self {
            generation: generation.clone(),
            entries: Cache::new(ENTRIES_MAX),
            lookups: Lookups::default(),
        }
    }

    pub fn lookups(&self) -> &Lookups {
        &self.lookups
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
            self.lookups.note(true);
            return Ok(value);
        }
        self.lookups.note(false);
        let moment = self.generation.now();
        let value = read.await?;
        self.entries.insert(key.clone(), (moment, value.clone()));
        Ok(value)
    }
}
