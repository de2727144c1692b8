//! The rows of results, in compressed pages. Of those that are read, only a few megabytes are in memory.

use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};
use tokio_postgres::RowStream;

use crate::error::Error;
use crate::result::Spool;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PageRecord {
    pub(super) rows_end: i64,
    /// Base64 of the compressed page.
    pub(super) bytes: String,
}

/// A page whose bytes are in the spool of its clip.
#[derive(Debug)]
pub(super) struct SpooledPage {
    pub(super) rows_end: i64,
    pub(super) bytes: Range<u64>,
}

/// The pages of a result, in their order.
pub(super) async fn take(transaction: &Transaction<'_>, result: i64) -> Result<RowStream, Error> {
    let select = transaction
        .prepare_cached(
            "select rows_end, bytes from result_pages where result_id = $1 order by number",
        )
        .await?;
    Ok(transaction.query_raw(&select, [result]).await?)
}

impl PageRecord {
    pub(super) fn new(row: &tokio_postgres::Row) -> Self {
        Self {
            rows_end: row.get("rows_end"),
            bytes: BASE64_STANDARD.encode(row.get::<_, &[u8]>("bytes")),
        }
    }

    /// Fails with a sentence.
    pub(super) fn spool(self, spool: &mut Spool) -> Result<SpooledPage, String> {
        let bytes = BASE64_STANDARD
            .decode(&self.bytes)
            .map_err(|error| format!("a page of rows is damaged: {error}"))?;
        let start = spool.bytes();
        spool
            .append(bytes)
            .map_err(|error| format!("no room for a temporary file: {error}"))?;
        Ok(SpooledPage {
            rows_end: self.rows_end,
            bytes: start..spool.bytes(),
        })
    }
}

impl SpooledPage {
    pub(super) async fn restore(
        &self,
        transaction: &Transaction<'_>,
        spool: &Spool,
        result: i64,
        number: i32,
    ) -> Result<(), Error> {
        let mut bytes = Vec::new();
        for piece in spool.pieces(self.bytes.clone()) {
            bytes.extend_from_slice(&piece.map_err(Error::internal)?);
        }
        let insert = transaction
            .prepare_cached(
                "insert into result_pages (result_id, number, rows_end, bytes) values ($1, $2, $3, $4)",
            )
            .await?;
        transaction
            .execute(&insert, &[&result, &number, &self.rows_end, &bytes])
            .await?;
        Ok(())
    }
}

/// Whether pages that end at these rows hold this many.
pub(super) fn are_sound(pages: &[SpooledPage], rows: i64) -> bool {
    let last = pages.last().map_or(0, |page| page.rows_end);
    pages.is_sorted_by_key(|page| page.rows_end) && last == rows
}
