//! What a preview returned, on its way from the server that holds it to another one of the same store.

use std::time::Duration;

use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};

use super::numbering::microseconds;
use super::pages;
use crate::error::Error;
use crate::model::Tag;
use crate::result::{Checksum, Column, Cut, Memory, Rows, Summary};
use crate::store::Store;

/// Of all stored previews together; the newest ones stay.
const BYTES_MAX: i64 = 256 << 20;

pub struct StoredPreview {
    /// The user who ran it.
    pub by: i64,
    pub database: i64,
    /// What was typed beside the query. The store does not look into it.
    pub form: Value,
    pub sql: String,
    pub summary: Summary,
    pub rows: Rows,
}

impl StoredPreview {
    /// Stores it, unless it is there already or is larger than all may be.
    pub async fn keep(&self, store: &Store, tag: &Tag) -> Result<(), Error> {
        let bytes = i64::try_from(self.rows.bytes()).unwrap_or(i64::MAX);
        if bytes > BYTES_MAX {
            return Ok(());
        }
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "insert into previews (tag, user_id, database_id, form, sql, started_at, finished_at, elapsed_us,
                       columns, row_count, checksum, truncated_by, bytes)
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                   on conflict do nothing";
        let parameters: [&(dyn ToSql + Sync); 13] = [
            &tag.as_str(),
            &self.by,
            &self.database,
            &Json(&self.form),
            &self.sql,
            &self.summary.started_at,
            &self.summary.finished_at,
            &microseconds(self.summary.elapsed),
            &Json(self.rows.columns()),
            &(self.summary.rows as i64),
            &self.summary.checksum.as_bytes(),
            &self.summary.truncated.map(Cut::as_str),
            &bytes,
        ];
        if transaction.execute(sql, &parameters).await? == 1 {
            let sql =
                "insert into preview_pages (tag, number, rows_end, bytes) values ($1, $2, $3, $4)";
            pages::insert(&transaction, sql, &tag.as_str(), &self.rows).await?;
        }
        transaction.commit().await?;
        Self::sweep(store).await
    }

    /// The one with this tag, if this user ran it.
    pub async fn find(
        store: &Store,
        tag: &Tag,
        by: i64,
        memory: &Memory,
    ) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let sql = "select user_id, database_id, form, sql, started_at, finished_at, elapsed_us, columns, row_count,
                       checksum, truncated_by
                   from previews
                   where tag = $1 and user_id = $2";
        let row = client.query_opt(sql, &[&tag.as_str(), &by]).await?;
        let Some(row) = row else { return Ok(None) };
        let columns = row.get::<_, Json<Vec<Column>>>("columns").0;
        let sql = "select rows_end, bytes from preview_pages where tag = $1 order by number";
        let stored = client.query_raw(sql, [tag.as_str()]).await?;
        let rows = pages::restore(stored, columns, memory).await?;
        let preview = Self::from_row(&row, rows)?;
        // Meanwhile it may have been deleted.
        let is_whole = preview.rows.rows_so_far() == preview.summary.rows;
        Ok(is_whole.then_some(preview))
    }

    /// Deletes those that are half an hour old, and the oldest beyond the limit.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let sql = "with ranked as (
                       select tag, sum(bytes) over (order by stored_at desc, tag) as bytes_up_to from previews
                   )
                   delete from previews
                   using ranked
                   where ranked.tag = previews.tag
                   and (ranked.bytes_up_to > $1::bigint or previews.stored_at < now() - interval '30 minutes')";
        store.client().await?.execute(sql, &[&BYTES_MAX]).await?;
        Ok(())
    }

    fn from_row(row: &Row, rows: Rows) -> Result<Self, Error> {
        let checksum = Checksum::from_bytes(row.get("checksum"));
        Ok(Self {
            by: row.get("user_id"),
            database: row.get("database_id"),
            form: row.get::<_, Json<Value>>("form").0,
            sql: row.get("sql"),
            summary: Summary {
                number: 1,
                started_at: row.get("started_at"),
                finished_at: row.get("finished_at"),
                checked_at: row.get("finished_at"),
                elapsed: Duration::from_micros(row.get::<_, i64>("elapsed_us") as u64),
                rows: row.get::<_, i64>("row_count") as u64,
                truncated: row
                    .get::<_, Option<&str>>("truncated_by")
                    .and_then(Cut::parse),
                checksum: checksum
                    .ok_or_else(|| Error::internal("a stored checksum cannot be read"))?,
                read_from: None,
                checked_from: None,
            },
            rows,
        })
    }
}
