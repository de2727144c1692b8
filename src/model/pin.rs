//! Pins: a clip held at one result.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Clip, StoredResult, User};
use crate::error::Error;
use crate::store::Store;

/// Which result a clip shows, unchanged, until it is unpinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub result_id: i64,
    pub version: i32,
    /// The result's number in its version.
    pub result: u32,
    /// Since when.
    pub at: Timestamp,
}

impl Pin {
    /// Pins a clip to one of its results, whose rows are kept. [`Error::Swept`] where they are not.
    pub async fn create(
        store: &Store,
        clip: &Clip,
        result: &StoredResult,
        by: &User,
    ) -> Result<(), Error> {
        let pinned = store
            .client()
            .await?
            .execute(
                // The lock keeps a sweep away until the pin is there.
                "with kept as (
                     select id, clip_id from results where id = $2 and clip_id = $1 and has_rows for key share
                 )
                 insert into clip_pins (clip_id, result_id, user_id)
                 select clip_id, id, $3 from kept
                 on conflict (clip_id) do update
                 set result_id = excluded.result_id, user_id = excluded.user_id, created_at = now()
                 where clip_pins.result_id <> excluded.result_id",
                &[&clip.number, &result.id, &by.id],
            )
            .await?;
        let is_pinned_already = clip
            .pin
            .as_ref()
            .is_some_and(|pin| pin.result_id == result.id);
        match pinned {
            0 if !is_pinned_already => Err(Error::Swept {
                version: result.version,
                number: result.number,
            }),
            _ => Ok(()),
        }
    }

    /// Returns a clip to live data.
    pub async fn delete(store: &Store, clip: &Clip) -> Result<(), Error> {
        let client = store.client().await?;
        client
            .execute("delete from clip_pins where clip_id = $1", &[&clip.number])
            .await?;
        Ok(())
    }

    /// Reads what a clip's columns say of it.
    pub(super) fn from_row(row: &Row) -> Option<Self> {
        Some(Self {
            result_id: row.get::<_, Option<i64>>("pin_result_id")?,
            version: row.get("pin_version"),
            result: row.get::<_, i32>("pin_result_number") as u32,
            at: row.get("pinned_at"),
        })
    }
}
