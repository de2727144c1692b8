//! Pins: a clip held at one result.
//!
//! The rows are stored before the pin exists, and sweeps do not delete them. A pinned clip runs nothing.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::activity::Kind;
use crate::error::Error;
use crate::model::{Clip, StoredResult, User, stored_result};
use crate::result::Rows;
use crate::store::Store;

/// Which result a clip shows, unchanged, until it is unpinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub result_id: i64,
    pub version: i32,
    /// The result's number in its version.
    pub result: u32,
    /// When it was pinned.
    pub at: Timestamp,
}

impl Pin {
    /// Pins a clip to one of its results. Stores its rows if they are given and were not kept yet. [`Error::Swept`] if
    /// there are none.
    pub async fn create(
        store: &Store,
        clip: &Clip,
        result: &StoredResult,
        rows: Option<&Rows>,
        by: &User,
    ) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let is_kept = match result.rows_key() {
            Some(key) => stored_result::hold(&transaction, key, rows).await?,
            None => false,
        };
        if !is_kept {
            return Err(Error::Swept {
                version: result.version,
                number: result.number,
            });
        }
        let pinned = transaction
            .execute(
                "insert into clip_pins (clip_id, result_id, user_id)
                 values ($1, $2, $3)
                 on conflict (clip_id) do update
                 set result_id = excluded.result_id, user_id = excluded.user_id, created_at = now()
                 where clip_pins.result_id <> excluded.result_id",
                &[&clip.number, &result.id, &by.id],
            )
            .await?;
        if pinned > 0 {
            let detail = detail(result.version, result.number);
            clip.note(&transaction, by, Kind::Pinned, &detail).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Returns a clip to live data.
    pub async fn delete(store: &Store, clip: &Clip, by: &User) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let unpinned = transaction
            .query_opt(
                "delete from clip_pins
                 using results
                 where clip_pins.clip_id = $1
                 and results.id = clip_pins.result_id
                 returning results.version, results.number",
                &[&clip.number],
            )
            .await?;
        if let Some(row) = unpinned {
            let detail = detail(row.get("version"), row.get::<_, i32>("number") as u32);
            clip.note(&transaction, by, Kind::Unpinned, &detail).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Reads the columns of a clip that describe its pin.
    pub(in crate::model) fn from_row(row: &Row) -> Option<Self> {
        Some(Self {
            result_id: row.get::<_, Option<i64>>("pin_result_id")?,
            version: row.get("pin_version"),
            result: row.get::<_, i32>("pin_result_number") as u32,
            at: row.get("pinned_at"),
        })
    }
}

fn detail(version: i32, result: u32) -> String {
    format!("version {version}, result {result}")
}
