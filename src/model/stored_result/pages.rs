//! A result's rows, kept page by page.

use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{RowsKey, StoredResult};
use crate::error::Error;
use crate::result::{Column, KeptPage, Memory, Rows};
use crate::run::parameters::SetKey;
use crate::store::Store;

/// How many sets of values of a clip keep rows, beside the empty set: whoever has the link can make up more.
const SETS_MAX: i64 = 100;

/// What became of rows that were to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Stored,
    /// The clip keeps the rows of as many other sets of values as it may.
    NoRoom,
    /// The result no longer exists.
    ResultIsGone,
}

impl StoredResult {
    /// Stores the rows of a result whose run had these values, all or none; rows that are stored already stay.
    pub async fn keep_rows(
        store: &Store,
        key: RowsKey,
        values: SetKey,
        rows: &Rows,
    ) -> Result<Kept, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        if values != SetKey::default() && !has_room(&transaction, key).await? {
            return Ok(Kept::NoRoom);
        }
        let is_there = hold(&transaction, key, Some(rows)).await?;
        transaction.commit().await?;
        Ok(match is_there {
            true => Kept::Stored,
            false => Kept::ResultIsGone,
        })
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
        let mut pages = pin!(pages.peekable());
        if pages.as_mut().peek().await.is_none() {
            return Ok(None);
        }
        restore(pages, content.columns.clone(), memory)
            .await
            .map(Some)
    }
}

/// Reads pages in their order, each as `rows_end` and `bytes`; nulls where there are none.
pub(super) async fn restore(
    pages: impl Stream<Item = Result<Row, tokio_postgres::Error>>,
    columns: Vec<Column>,
    memory: &Memory,
) -> Result<Rows, Error> {
    let mut pages = pin!(pages);
    let mut restoring = Rows::restore(columns, memory);
    while let Some(row) = pages.try_next().await? {
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
    Ok(restoring.finish())
}

/// Writes all pages by a statement with these parameters: their owner, then number, `rows_end` and `bytes` of each.
pub(super) async fn insert(
    transaction: &Transaction<'_>,
    sql: &str,
    owner: &(dyn ToSql + Sync),
    rows: &Rows,
) -> Result<(), Error> {
    let statement = transaction.prepare_cached(sql).await?;
    for index in 0.. {
        let page = rows.kept_page(index).map_err(Error::internal)?;
        let Some(page) = page else { break };
        let (number, rows_end) = (index as i32, page.rows_end as i64);
        transaction
            .execute(&statement, &[owner, &number, &rows_end, &&page.bytes[..]])
            .await?;
    }
    Ok(())
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

/// Whether the clip has room for this result's set of values: it stays free until the transaction ends.
async fn has_room(transaction: &Transaction<'_>, key: RowsKey) -> Result<bool, Error> {
    // Not the clip's row, so that nobody waits for large rows to be written. What is counted is seen only after this.
    transaction
        .execute(
            "select pg_advisory_xact_lock(hashtextextended('sets of clip ' || clip_id, 0))
             from results
             where id = $1",
            &[&key.id],
        )
        .await?;
    let row = transaction
        .query_one(
            "select count(distinct others.values_key) < $2
             from results
             join results as others on others.clip_id = results.clip_id
                 and others.has_rows and others.values_key not in ('', results.values_key)
             where results.id = $1",
            &[&key.id, &SETS_MAX],
        )
        .await?;
    Ok(row.get(0))
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
    let sql =
        "insert into result_pages (result_id, number, rows_end, bytes) values ($1, $2, $3, $4)";
    insert(transaction, sql, &id, rows).await?;
    transaction
        .execute(
            "update results set has_rows = true, bytes = $2 where id = $1",
            &[&id, &(rows.bytes() as i64)],
        )
        .await?;
    Ok(())
}
