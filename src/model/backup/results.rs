//! What runs of the clips returned, without the rows: a snapshot outlives its database, and moves with its clip.

use std::collections::HashMap;

use clap::ValueEnum;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;

use crate::error::Error;
use crate::result::{Checksum, Column, Cut, ReadFrom};
use crate::run::{Failure, Values};

/// Which results go with their clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeptResults {
    /// Every result that is kept, and every error
    All,
    /// Those to which clips are pinned
    Pinned,
    /// None: pinned clips become live
    None,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ResultRecord {
    pub(super) version: i32,
    pub(super) result: i32,
    /// Absent unless the clip is pinned to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pinned_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pinned_by: Option<String>,
    started_at: Timestamp,
    finished_at: Timestamp,
    pub(super) checked_at: Timestamp,
    elapsed_us: i64,
    /// Absent if the run failed, as are the rows and the checksum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<Vec<Column>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<i64>,
    truncated_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// Whether its rows are kept. Absent in older backups, which hold pinned results only.
    #[serde(default = "kept")]
    pub(super) has_rows: bool,
    #[serde(default)]
    is_late: bool,
    /// Absent where the database had no followers, and in older backups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_from: Option<ReadFrom>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checked_from: Option<ReadFrom>,
    /// With which its query ran. Absent if it has no parameters, and in older backups.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    values: Values,
}

/// By the clip's number: each with its own id.
pub(super) async fn take(
    transaction: &Transaction<'_>,
    clips: &[i64],
    kept: KeptResults,
) -> Result<HashMap<i64, Vec<(i64, ResultRecord)>>, Error> {
    let mut results: HashMap<i64, Vec<_>> = HashMap::new();
    if kept == KeptResults::None {
        return Ok(results);
    }
    let select = transaction
        .prepare_cached(
            "select results.*, clip_pins.created_at as pinned_at, users.email as pinned_by
             from results
             left join clip_pins on clip_pins.result_id = results.id
             left join users on users.id = clip_pins.user_id
             where results.clip_id = any ($1)
             and ($2 or clip_pins.result_id is not null)
             order by results.clip_id, results.version, results.number",
        )
        .await?;
    let is_all = kept == KeptResults::All;
    for row in &transaction.query(&select, &[&clips, &is_all]).await? {
        let checksum = row.get::<_, Option<&[u8]>>("checksum").map(|bytes| {
            Checksum::from_bytes(bytes)
                .ok_or_else(|| Error::internal("a stored checksum cannot be read"))
        });
        let result = ResultRecord {
            version: row.get("version"),
            result: row.get("number"),
            pinned_at: row.get("pinned_at"),
            pinned_by: row.get("pinned_by"),
            started_at: row.get("started_at"),
            finished_at: row.get("finished_at"),
            checked_at: row.get("checked_at"),
            elapsed_us: row.get("elapsed_us"),
            columns: row
                .get::<_, Option<Json<_>>>("columns")
                .map(|Json(columns)| columns),
            rows: row.get("row_count"),
            truncated_by: row.get("truncated_by"),
            checksum: checksum.transpose()?.map(|checksum| checksum.to_string()),
            failure: row
                .get::<_, Option<Json<_>>>("failure")
                .map(|Json(failure)| failure),
            has_rows: row.get("has_rows"),
            is_late: row.get("is_late"),
            read_from: row
                .get::<_, Option<Json<_>>>("read_from")
                .map(|Json(from)| from),
            checked_from: row
                .get::<_, Option<Json<_>>>("checked_from")
                .map(|Json(from)| from),
            values: row.get::<_, Json<_>>("parameter_values").0,
        };
        let of_clip = results.entry(row.get("clip_id")).or_default();
        of_clip.push((row.get("id"), result));
    }
    Ok(results)
}

impl ResultRecord {
    /// Whether what it says about its data, or its failure, is whole.
    pub(super) fn is_sound(&self) -> bool {
        let has_data = self.columns.is_some() && self.rows.is_some() && self.checksum.is_some();
        let cut = self.truncated_by.as_deref();
        let checksum = self.checksum.as_deref();
        self.result > 0
            && has_data == self.failure.is_none()
            && (has_data || !self.has_rows)
            && checksum.is_none_or(|checksum| Checksum::parse(checksum).is_some())
            && cut.is_none_or(|cut| Cut::parse(cut).is_some())
    }

    /// Returns the id of the new result.
    pub(super) async fn restore(
        &self,
        transaction: &Transaction<'_>,
        clip: i64,
        bytes: i64,
    ) -> Result<i64, Error> {
        let checksum = self.checksum.as_deref().and_then(Checksum::parse);
        let insert = transaction
            .prepare_cached(
                "insert into results (clip_id, version, number, started_at, finished_at, checked_at, elapsed_us,
                     columns, row_count, checksum, truncated_by, failure, has_rows, is_late, bytes, parameter_values, values_key,
                     read_from, checked_from)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
                 returning id",
            )
            .await?;
        let row = transaction
            .query_one(
                &insert,
                &[
                    &clip,
                    &self.version,
                    &self.result,
                    &self.started_at,
                    &self.finished_at,
                    &self.checked_at,
                    &self.elapsed_us,
                    &self.columns.as_ref().map(Json),
                    &self.rows,
                    &checksum.as_ref().map(|checksum| checksum.as_bytes()),
                    &self.truncated_by,
                    &self.failure.as_ref().map(Json),
                    &self.has_rows,
                    &self.is_late,
                    &bytes,
                    &Json(&self.values),
                    &self.values.key().as_bytes(),
                    &self.read_from.as_ref().map(Json),
                    &self.checked_from.as_ref().map(Json),
                ],
            )
            .await?;
        Ok(row.get("id"))
    }

    /// Pins the clip to this result, if it was.
    pub(super) async fn restore_pin(
        &self,
        transaction: &Transaction<'_>,
        clip: i64,
        id: i64,
    ) -> Result<(), Error> {
        let Some(pinned_at) = self.pinned_at else {
            return Ok(());
        };
        let insert = transaction
            .prepare_cached(
                "insert into clip_pins (clip_id, result_id, user_id, created_at)
                 values ($1, $2, (select id from users where email = $3), $4)",
            )
            .await?;
        transaction
            .execute(&insert, &[&clip, &id, &self.pinned_by, &pinned_at])
            .await?;
        Ok(())
    }
}

fn kept() -> bool {
    true
}
