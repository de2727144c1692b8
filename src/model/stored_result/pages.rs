//! A result's rows, kept page by page.

use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use tokio_postgres::types::ToSql;

use super::{RowsKey, StoredResult};
use crate::error::Error;
use crate::result::{KeptPage, Memory, Rows};
use crate::store::Store;

impl StoredResult {
    /// Stores a result's rows, all or none; rows that are stored already stay. Returns false if the result no longer
    /// exists.
    pub async fn keep_rows(store: &Store, key: RowsKey, rows: &Rows) -> Result<bool, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let is_there = hold(&transaction, key, Some(rows)).await?;
        transaction.commit().await?;
        Ok(is_there)
    }

    /// The stored rows; `None` if they are not kept.
    pub async fn rows(&self, store: &Store, memory: &Memory) -> Result<Option<Rows>, Error> {
        let (Ok(content), Some(key)) = (&self.content, self.rows_key()) else {
            return Ok(None);
        };
        let client = store.client().await?;
        let checksum = key.checksum.as_bytes();
        let parameters: [&(dyn ToSql + Sync); 2] = [&key.id, &checksum];
        // In one statement, so that a concurrent sweep leaves all pages or none.
        let pages = client
            .query_raw(
                "select result_pages.rows_end, result_pages.bytes
                 from results
                 left join result_pages on result_pages.result_id = results.id
                 where results.id = $1 and results.checksum = $2 and results.has_rows
                 order by result_pages.number",
                parameters,
            )
            .await?;
        let mut pages = pin!(pages);
        let mut restoring = Rows::restore(content.columns.clone(), memory);
        let mut is_kept = false;
        while let Some(row) = pages.try_next().await? {
            is_kept = true;
            let (rows_end, bytes): (Option<i64>, Option<&[u8]>) = (row.get(0), row.get(1));
            let Some((rows_end, bytes)) = rows_end.zip(bytes) else {
                break;
            };
            let page = KeptPage {
                bytes: bytes.to_vec().into(),
                rows_end: rows_end as u64,
            };
            restoring.append(page).map_err(Error::internal)?;
        }
        Ok(is_kept.then(|| restoring.finish()))
    }
}

/// Whether a result's rows are kept; writes `rows` if they were not. They then stay at least until the transaction
/// ends, despite any sweep.
pub(in crate::model) async fn hold(
    transaction: &Transaction<'_>,
    key: RowsKey,
    rows: Option<&Rows>,
) -> Result<bool, Error> {
    match (lock(transaction, key).await?, rows) {
        (Some(false), Some(rows)) => {
            write(transaction, key.id, rows).await?;
            Ok(true)
        }
        (is_kept, _) => Ok(is_kept.unwrap_or(false)),
    }
}

/// Whether a result's rows are kept; `None` if the result is gone.
async fn lock(transaction: &Transaction<'_>, key: RowsKey) -> Result<Option<bool>, Error> {
    let sql = "select has_rows from results where id = $1 and checksum = $2 for update";
    let row = transaction
        .query_opt(sql, &[&key.id, &key.checksum.as_bytes()])
        .await?;
    Ok(row.map(|row| row.get("has_rows")))
}

async fn write(transaction: &Transaction<'_>, id: i64, rows: &Rows) -> Result<(), Error> {
    let statement = transaction
        .prepare_cached(
            "insert into result_pages (result_id, number, rows_end, bytes) values ($1, $2, $3, $4)",
        )
        .await?;
    for index in 0.. {
        let page = rows.kept_page(index).map_err(Error::internal)?;
        let Some(page) = page else { break };
        let (number, rows_end) = (index as i32, page.rows_end as i64);
        transaction
            .execute(&statement, &[&id, &number, &rows_end, &&page.bytes[..]])
            .await?;
    }
    transaction
        .execute(
            "update results set has_rows = true, bytes = $2 where id = $1",
            &[&id, &(rows.bytes() as i64)],
        )
        .await?;
    Ok(())
}
