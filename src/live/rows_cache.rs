//! Rows in memory, by their result: what was returned or looked at last.

use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::error::Error;
use crate::model::RowsKey;
use crate::result::Rows;

/// What an entry takes beside its pages, about, and each of its columns.
const ENTRY_BYTES: u64 = 2 << 10;
const COLUMN_BYTES: u64 = 128;
/// How many results are expected.
const RESULTS: usize = 1_000;

/// The rows of many results within a bound; those of least use go first.
pub(super) struct RowsCache(Cache<RowsKey, Weighed, Weight>);

/// Rows with what they took when they came: the cache asks again when they go, and must hear the same.
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
    /// `bytes_max`: of compressed rows.
    pub(super) fn new(bytes_max: u64) -> Self {
        // In one shard: a result may take as much as there is.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(RESULTS)
            .weight_capacity(bytes_max)
            .build()
            .expect("all that it needs is there");
        Self(Cache::with_options(
            options,
            Weight,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ))
    }

    /// Takes the rows of a run that has ended. They are compressed beside what is done with them.
    pub(super) fn hold(self: &Arc<Self>, key: RowsKey, rows: &Rows) {
        self.0.insert(key, Weighed::new(rows));
        let (held, rows) = (self.clone(), rows.clone());
        tokio::spawn(async move {
            match rows.compress().await {
                // Weighed again: it takes less now.
                Ok(()) if held.find(key).is_some() => held.0.insert(key, Weighed::new(&rows)),
                Ok(()) => {}
                Err(error) => tracing::warn!(%error, "rows stay uncompressed in memory"),
            }
        });
    }

    pub(super) fn find(&self, key: RowsKey) -> Option<Rows> {
        self.0.get(&key).map(|weighed| weighed.rows)
    }

    /// Many who ask for the same rows load them once.
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
            // A result that takes more than the bound is not held.
            let _ = guard.insert(Weighed::new(rows));
        }
        Ok(rows)
    }
}
