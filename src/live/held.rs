//! Rows in memory, by their result: what was returned or looked at last.

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::error::Error;
use crate::model::{RowsKey, StoredResult};
use crate::result::Rows;

/// What an entry takes beside its pages, about, and each of its columns.
const ENTRY_BYTES: u64 = 2 << 10;
const COLUMN_BYTES: u64 = 128;
/// How many results are expected.
const RESULTS: usize = 1_000;

/// The rows of many results within a bound; those of least use go first.
pub(super) struct Held(Cache<RowsKey, Rows, Weight>);

#[derive(Clone)]
struct Weight;

impl Weighter<RowsKey, Rows> for Weight {
    fn weight(&self, _: &RowsKey, rows: &Rows) -> u64 {
        ENTRY_BYTES + COLUMN_BYTES * rows.columns().len() as u64 + rows.bytes()
    }
}

impl Held {
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

    /// Takes the rows of a run that has ended.
    pub(super) fn hold(&self, result: &StoredResult, rows: &Rows) {
        if let Some(key) = result.rows_key() {
            self.0.insert(key, rows.clone());
        }
    }

    pub(super) fn find(&self, key: RowsKey) -> Option<Rows> {
        self.0.get(&key)
    }

    /// Many who ask for the same rows load them once.
    pub(super) async fn find_or_load(
        &self,
        key: RowsKey,
        load: impl Future<Output = Result<Option<Rows>, Error>>,
    ) -> Result<Option<Rows>, Error> {
        let guard = match self.0.get_value_or_guard_async(&key).await {
            Ok(rows) => return Ok(Some(rows)),
            Err(guard) => guard,
        };
        let rows = load.await?;
        if let Some(rows) = &rows {
            // A result that takes more than the bound is not held.
            let _ = guard.insert(rows.clone());
        }
        Ok(rows)
    }
}
