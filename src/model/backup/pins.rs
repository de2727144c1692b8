//! The pinned results with all their rows: a snapshot outlives its database, and moves with its clip.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;

use crate::error::Error;
use crate::result::{Checksum, Column, Cut};
use crate::run::Values;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PinRecord {
    version: i32,
    result: i32,
    pinned_at: Timestamp,
    pinned_by: Option<String>,
    started_at: Timestamp,
    finished_at: Timestamp,
    checked_at: Timestamp,
    elapsed_us: i64,
    columns: Vec<Column>,
    rows: i64,
    truncated_by: Option<String>,
    checksum: String,
    /// With which its query ran. Absent if it has no parameters, and in older backups.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    values: Values,
    pages: Vec<PageRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PageRecord {
    rows_end: i64,
    /// Base64 of the compressed page.
    bytes: String,
}

/// By the clip's number.
pub(super) async fn take(transaction: &Transaction<'_>) -> Result<HashMap<i64, PinRecord>, Error> {
    let mut pages = pages(transaction).await?;
    let rows = transaction
        .query(
            "select results.*, clip_pins.created_at as pinned_at, users.email as pinned_by
             from clip_pins
             join results on results.id = clip_pins.result_id
             left join users on users.id = clip_pins.user_id",
            &[],
        )
        .await?;
    let pins = rows.iter().map(|row| {
        let checksum = Checksum::from_bytes(row.get("checksum"));
        let checksum =
            checksum.ok_or_else(|| Error::internal("a stored checksum cannot be read"))?;
        let pin = PinRecord {
            version: row.get("version"),
            result: row.get("number"),
            pinned_at: row.get("pinned_at"),
            pinned_by: row.get("pinned_by"),
            started_at: row.get("started_at"),
            finished_at: row.get("finished_at"),
            checked_at: row.get("checked_at"),
            elapsed_us: row.get("elapsed_us"),
            columns: row.get::<_, Json<_>>("columns").0,
            rows: row.get("row_count"),
            truncated_by: row.get("truncated_by"),
            checksum: checksum.to_string(),
            values: row.get::<_, Json<_>>("parameter_values").0,
            pages: pages.remove(&row.get("id")).unwrap_or_default(),
        };
        Ok((row.get("clip_id"), pin))
    });
    pins.collect()
}

/// By the result's id.
async fn pages(transaction: &Transaction<'_>) -> Result<HashMap<i64, Vec<PageRecord>>, Error> {
    let rows = transaction
        .query(
            "select result_pages.*
             from result_pages
             where result_id in (select result_id from clip_pins)
             order by result_id, number",
            &[],
        )
        .await?;
    let mut pages: HashMap<i64, Vec<PageRecord>> = HashMap::new();
    for row in &rows {
        pages
            .entry(row.get("result_id"))
            .or_default()
            .push(PageRecord {
                rows_end: row.get("rows_end"),
                bytes: BASE64_STANDARD.encode(row.get::<_, &[u8]>("bytes")),
            });
    }
    Ok(pages)
}

impl PinRecord {
    /// Whether a clip with these versions can be pinned to it.
    pub(super) fn is_sound(&self, versions: impl Iterator<Item = i32>) -> bool {
        let ends: Vec<_> = self.pages.iter().map(|page| page.rows_end).collect();
        versions.into_iter().any(|number| number == self.version)
            && Checksum::parse(&self.checksum).is_some()
            && self
                .truncated_by
                .as_deref()
                .is_none_or(|cut| Cut::parse(cut).is_some())
            && ends.is_sorted()
            && ends.last().copied().unwrap_or(0) == self.rows
            && self
                .pages
                .iter()
                .all(|page| BASE64_STANDARD.decode(&page.bytes).is_ok())
    }

    pub(super) async fn restore(
        &self,
        transaction: &Transaction<'_>,
        clip: i64,
    ) -> Result<(), Error> {
        let damaged = || {
            Error::BadRequest("The backup is damaged: a pinned result cannot be read.".to_owned())
        };
        let checksum = Checksum::parse(&self.checksum).ok_or_else(damaged)?;
        let decoded = self
            .pages
            .iter()
            .map(|page| BASE64_STANDARD.decode(&page.bytes));
        let pages: Vec<Vec<u8>> = decoded.collect::<Result<_, _>>().map_err(|_| damaged())?;
        let bytes = pages.iter().map(Vec::len).sum::<usize>() as i64;
        let row = transaction
            .query_one(
                "insert into results (clip_id, version, number, started_at, finished_at, checked_at, elapsed_us,
                     columns, row_count, checksum, truncated_by, has_rows, bytes, parameter_values, values_key)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true, $12, $13, $14)
                 returning id",
                &[
                    &clip,
                    &self.version,
                    &self.result,
                    &self.started_at,
                    &self.finished_at,
                    &self.checked_at,
                    &self.elapsed_us,
                    &Json(&self.columns),
                    &self.rows,
                    &checksum.as_bytes(),
                    &self.truncated_by,
                    &bytes,
                    &Json(&self.values),
                    &self.values.key().as_bytes(),
                ],
            )
            .await?;
        let id: i64 = row.get("id");
        for ((number, page), bytes) in (0_i32..).zip(&self.pages).zip(&pages) {
            transaction
                .execute(
                    "insert into result_pages (result_id, number, rows_end, bytes) values ($1, $2, $3, $4)",
                    &[&id, &number, &page.rows_end, bytes],
                )
                .await?;
        }
        transaction
            .execute(
                "insert into clip_pins (clip_id, result_id, user_id, created_at)
                 values ($1, $2, (select id from users where email = $3), $4)",
                &[&clip, &id, &self.pinned_by, &self.pinned_at],
            )
            .await?;
        Ok(())
    }
}
