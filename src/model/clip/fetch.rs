//! Fetches: when a clip's rows were last requested.

use jiff::Timestamp;

use crate::error::Error;
use crate::model::Clip;
use crate::store::Store;

/// When a clip was last fetched, to the minute.
#[derive(Clone, Copy, Debug)]
pub struct Fetch;

impl Fetch {
    /// Notes that the clip with this number is being fetched now.
    pub async fn note(store: &Store, number: i64) -> Result<(), Error> {
        store
            .client()
            .await?
            .execute(
                "insert into clip_fetches (clip_id, fetched_at)
                 values ($1, now())
                 on conflict (clip_id) do update
                 set fetched_at = greatest(clip_fetches.fetched_at, excluded.fetched_at)",
                &[&number],
            )
            .await?;
        Ok(())
    }

    /// `None` if nobody has fetched it yet.
    pub async fn last(store: &Store, clip: &Clip) -> Result<Option<Timestamp>, Error> {
        let client = store.client().await?;
        let sql = "select fetched_at from clip_fetches where clip_id = $1";
        let row = client.query_opt(sql, &[&clip.number]).await?;
        Ok(row.map(|row| row.get("fetched_at")))
    }
}
