//! Caches rows in memory, by result: those that were returned or requested most recently.

use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::error::Error;
use crate::model::RowsKey;
use crate::result::Rows;

/// Roughly the memory that an entry takes besides its pages, and that each of its columns takes.
const ENTRY_BYTES: u64 = 2 << 10;
const COLUMN_BYTES: u64 = 128;
/// How many results are expected.
const RESULTS: usize = 1_000;

/// The rows of many results, up to a total size; the least used are evicted first.
pub(super) struct RowsCache(Cache<RowsKey, Weighed, Weight>);

/// Rows with their size at insertion. The cache asks for the weight again at eviction, when it must be the same, although
/// rows shrink when they are compressed.
#[derive(Clone)]
struct Weighed {
    rows: Rows,
    bytes: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<RowsKey, Weighed> for Weight {
    fn weight(&self, _: &RowsKey, weighed: &Weighed) -> u64 {
        weighed.bytes
    }
}

impl Weighed {
    fn new(rows: &Rows) -> Self {
        Self {
            rows: rows.clone(),
            bytes: ENTRY_BYTES + COLUMN_BYTES * rows.columns().len() as u64 + rows.bytes(),
        }
    }
}

impl RowsCache {
    /// `bytes_max` limits the size of the compressed rows.
    pub(super) fn new(bytes_max: u64) -> Self {
        // One shard, so that one result may take all of the space.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(RESULTS)
            .weight_capacity(bytes_max)
            .build()
            .expect("all required options are set");
        Self(Cache::with_options(
            options,
            Weight,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ))
    }

    /// Inserts the rows of a run that has ended, and compresses them in the background.
    pub(super) fn insert(self: &Arc<Self>, key: RowsKey, rows: &Rows) {
        self.0.insert(key, Weighed::new(rows));
        let (cache, rows) = (self.clone(), rows.clone());
        tokio::spawn(async move {
            match rows.compress().await {
                // Inserted again with the smaller weight.
                Ok(()) if cache.find(key).is_some() => cache.0.insert(key, Weighed::new(&rows)),
                Ok(()) => {}
                Err(error) => tracing::warn!(%error, "rows stay uncompressed in memory"),
            }
        });
    }

    pub(super) fn has(&self, key: RowsKey) -> bool {
        self.0.contains_key(&key)
    }

    pub(super) fn find(&self, key: RowsKey) -> Option<Rows> {
        self.0.get(&key).map(|weighed| weighed.rows)
    }

    /// Concurrent requests for the same rows load them once.
    pub(super) async fn find_or_load(
        &self,
        key: RowsKey,
        load: impl Future<Output = Result<Option<Rows>, Error>>,
    ) -> Result<Option<Rows>, Error> {
        let guard = match self.0.get_value_or_guard_async(&key).await {
            Ok(weighed) => return Ok(Some(weighed.rows)),
            Err(guard) => guard,
        };
        let rows = load.await?;
        if let Some(rows) = &rows {
            // A result larger than the whole cache is not cached.
            let _ = guard.insert(Weighed::new(rows));
        }
        Ok(rows)
    }
}
