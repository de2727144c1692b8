//! Stored results, numbered within their version. A result may outlive its rows.

mod numbering;
mod pages;
mod preview;
mod subject;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::error::Error;
use crate::result::{Checksum, Column, Cut, ReadFrom, Summary};
use crate::run::parameters::SetKey;
use crate::run::{Failure, Values};
use crate::store::Store;
use numbering::microseconds;
pub use pages::Kept;
pub(super) use pages::hold;
pub use preview::StoredPreview;
pub use subject::Subject;
pub use sweep::{Swept, sweep};

/// What one run of a version returned, or the error with which it ended.
#[derive(Clone, Debug)]
pub struct StoredResult {
    pub id: i64,
    pub version: i32,
    /// Counts from 1 in its version.
    pub number: u32,
    /// With which its query ran.
    pub values: Values,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// When equal data, or the same error, was last seen.
    pub checked_at: Timestamp,
    /// How long PostgreSQL took.
    pub elapsed: Duration,
    pub content: Result<Content, Failure>,
    /// Its run began before that of a result with a lower number, and ended after it: so it is never the newest.
    pub is_late: bool,
    /// Where it was read first, and where equal data was seen last. `None` where the database has no followers.
    pub read_from: Option<Arc<ReadFrom>>,
    pub checked_from: Option<Arc<ReadFrom>>,
}

/// When the data of a result, or its error, was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub result: i64,
    pub at: Timestamp,
    /// How long PostgreSQL took.
    pub elapsed: Duration,
    pub from: Option<Arc<ReadFrom>>,
}

/// What is known about the rows that a run returned.
#[derive(Clone, Debug)]
pub struct Content {
    pub columns: Vec<Column>,
    pub rows: u64,
    pub truncated: Option<Cut>,
    pub checksum: Checksum,
    /// Whether the rows themselves are kept.
    pub has_rows: bool,
}

/// Identifies a result's rows: by its id, and by their checksum, since a store that lost its last transactions in a
/// crash may give the same id again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowsKey {
    pub id: i64,
    checksum: Checksum,
}

/// A run that failed.
#[derive(Clone, Debug)]
pub struct FailedRun {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub failure: Failure,
}

/// The newest results of a version.
#[derive(Clone, Debug, Default)]
pub struct Newest {
    /// The newest that is not an error.
    pub good: Option<StoredResult>,
    /// The newest of all, if it is an error.
    pub failed: Option<StoredResult>,
}

pub(super) const COLUMNS: &str = "
    results.id as result_id, results.version as result_version, results.number as result_number,
    results.parameter_values, results.started_at,
    results.finished_at, results.checked_at, results.elapsed_us, results.columns, results.row_count, results.checksum,
    results.truncated_by, results.failure, results.has_rows, results.is_late, results.read_from,
    results.checked_from";

impl StoredResult {
    /// Those that ran with this set of values.
    pub async fn newest(
        store: &Store,
        clip: i64,
        version: i32,
        values: SetKey,
    ) -> Result<Newest, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &format!(
                    "(select {COLUMNS} from results
                      where clip_id = $1 and version = $2 and values_key = $3
                      order by number desc limit 1)
                     union all
                     (select {COLUMNS} from results
                      where clip_id = $1 and version = $2 and values_key = $3 and failure is null
                          and not is_late
                      order by number desc limit 1)"
                ),
                &[&clip, &version, &values.as_bytes()],
            )
            .await?;
        let mut newest = Newest::default();
        for row in &rows {
            let result = Self::from_row(row)?;
            match result.content {
                Ok(_) => newest.good = Some(result),
                Err(_) => newest.failed = Some(result),
            }
        }
        Ok(newest)
    }

    /// The columns of a version's newest rows, whatever their values.
    pub async fn newest_columns(
        store: &Store,
        clip: i64,
        version: i32,
    ) -> Result<Option<Vec<Column>>, Error> {
        let client = store.client().await?;
        let row = client
            .query_opt(
                "select columns from results
                 where clip_id = $1 and version = $2 and failure is null and not is_late
                 order by number desc limit 1",
                &[&clip, &version],
            )
            .await?;
        Ok(row.map(|row| row.get::<_, Json<Vec<Column>>>("columns").0))
    }

    /// [`Error::Swept`] if the result was deleted.
    pub async fn find(store: &Store, clip: i64, version: i32, number: u32) -> Result<Self, Error> {
        let client = store.client().await?;
        let rows = client
            .query(
                &format!(
                    "select {COLUMNS} from results
                     where clip_id = $1 and version = $2 and number >= $3
                     order by number limit 1"
                ),
                &[&clip, &version, &i32::try_from(number).unwrap_or(i32::MAX)],
            )
            .await?;
        let result = rows.first().map(Self::from_row).transpose()?;
        match result {
            Some(result) if result.number == number => Ok(result),
            Some(_) if number > 0 => Err(Error::Swept { version, number }),
            _ => Err(Error::NotFound(format!(
                "Version {version} has no result {number}."
            ))),
        }
    }

    pub async fn find_by_id(store: &Store, id: i64) -> Result<Self, Error> {
        let client = store.client().await?;
        let row = client
            .query_one(
                &format!("select {COLUMNS} from results where id = $1"),
                &[&id],
            )
            .await?;
        Self::from_row(&row)
    }

    /// `None` if this clip has no such result, or no longer.
    pub async fn find_of_clip(store: &Store, clip: i64, id: i64) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let sql = format!("select {COLUMNS} from results where id = $1 and clip_id = $2");
        let row = client.query_opt(&sql, &[&id, &clip]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    pub(in crate::model) async fn find_many(
        store: &Store,
        ids: &[i64],
    ) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        let sql = format!("select {COLUMNS} from results where id = any ($1)");
        let rows = client.query(&sql, &[&ids]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// The newest result of a version whose rows are kept, of this set of values or of all.
    pub async fn newest_kept(
        store: &Store,
        clip: i64,
        version: i32,
        values: Option<SetKey>,
    ) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let key = values.as_ref().map(SetKey::as_bytes);
        let row = client
            .query_opt(
                &format!(
                    "select {COLUMNS} from results
                     where clip_id = $1 and version = $2 and has_rows and not is_late
                         and ($3::bytea is null or values_key = $3)
                     order by number desc limit 1"
                ),
                &[&clip, &version, &key],
            )
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// A clip's results, the latest first; only those of one version, if it is given.
    pub async fn list(
        store: &Store,
        clip: i64,
        version: Option<i32>,
        limit: i64,
    ) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        let rows = client
            .query(
                &format!(
                    "select {COLUMNS} from results
                     where clip_id = $1 and ($2::integer is null or version = $2)
                     order by version desc, number desc
                     limit $3"
                ),
                &[&clip, &version, &limit],
            )
            .await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// Moves `checked_at` of each of these results forward; back only from the future, where a clock was wrong. Returns those
    /// that somebody has locked: they have to be tried again.
    pub async fn check(store: &Store, checked: &[Checked]) -> Result<Vec<Checked>, Error> {
        let results: Vec<i64> = checked.iter().map(|checked| checked.result).collect();
        let moments: Vec<Timestamp> = checked.iter().map(|checked| checked.at).collect();
        let elapsed = checked.iter().map(|checked| microseconds(checked.elapsed));
        let from = checked
            .iter()
            .map(|checked| checked.from.as_ref().map(Json));
        let locked = store
            .client()
            .await?
            .query(
                "with free as (
                     select id from results where id = any ($1) order by id for no key update skip locked
                 ), moved as (
                     update results
                     set checked_at = checked.moment, elapsed_us = checked.elapsed_us, checked_from = checked.read_from
                     from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::jsonb[])
                         as checked (id, moment, elapsed_us, read_from)
                     where results.id = checked.id and checked.id in (select id from free)
                     and (results.checked_at < checked.moment or results.checked_at > now() + interval '1 second')
                 )
                 select id from results where id = any ($1) and id not in (select id from free)",
                &[
                    &results,
                    &moments,
                    &elapsed.collect::<Vec<_>>(),
                    &from.collect::<Vec<_>>(),
                ],
            )
            .await?;
        let locked: Vec<i64> = locked.iter().map(|row| row.get("id")).collect();
        let is_locked = |checked: &&Checked| locked.contains(&checked.result);
        Ok(checked.iter().filter(is_locked).cloned().collect())
    }

    /// Whether its rows are kept; an error has none.
    pub fn has_rows(&self) -> bool {
        self.content.as_ref().is_ok_and(|content| content.has_rows)
    }

    /// `None` for an error.
    pub fn rows_key(&self) -> Option<RowsKey> {
        let content = self.content.as_ref().ok()?;
        Some(RowsKey {
            id: self.id,
            checksum: content.checksum,
        })
    }

    /// The time of its data: when the last run that returned it began.
    pub fn as_of(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.elapsed).unwrap_or(SignedDuration::MAX);
        self.checked_at
            .checked_sub(elapsed)
            .unwrap_or(Timestamp::MIN)
    }

    /// What responses report about it; `None` for an error.
    pub fn summary(&self) -> Option<Summary> {
        let content = self.content.as_ref().ok()?;
        Some(Summary {
            number: self.number,
            started_at: self.started_at,
            finished_at: self.finished_at,
            checked_at: self.checked_at,
            elapsed: self.elapsed,
            rows: content.rows,
            truncated: content.truncated,
            checksum: content.checksum,
            read_from: self.read_from.clone(),
            checked_from: self.checked_from.clone(),
        })
    }

    /// Reads [`COLUMNS`].
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("result_id"),
            version: row.get("result_version"),
            number: row.get::<_, i32>("result_number") as u32,
            values: row.get::<_, Json<Values>>("parameter_values").0,
            started_at: row.get("started_at"),
            finished_at: row.get("finished_at"),
            checked_at: row.get("checked_at"),
            elapsed: Duration::from_micros(row.get::<_, i64>("elapsed_us") as u64),
            content: match row.get::<_, Option<Json<Failure>>>("failure") {
                Some(Json(failure)) => Err(failure),
                None => Ok(Content::from_row(row)?),
            },
            is_late: row.get("is_late"),
            read_from: read_from(row, "read_from"),
            checked_from: read_from(row, "checked_from"),
        })
    }
}

impl Checked {
    pub fn new(result: &StoredResult) -> Self {
        Self {
            result: result.id,
            at: result.checked_at,
            elapsed: result.elapsed,
            from: result.checked_from.clone(),
        }
    }
}

/// `None` also where a later release wrote it in another form.
fn read_from(row: &Row, column: &str) -> Option<Arc<ReadFrom>> {
    let read_from: Result<Option<Json<ReadFrom>>, _> = row.try_get(column);
    read_from
        .ok()
        .flatten()
        .map(|Json(read_from)| Arc::new(read_from))
}

impl Content {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let checksum = Checksum::from_bytes(row.get("checksum"));
        Ok(Self {
            columns: row.get::<_, Json<Vec<Column>>>("columns").0,
            rows: row.get::<_, i64>("row_count") as u64,
            truncated: row
                .get::<_, Option<&str>>("truncated_by")
                .and_then(Cut::parse),
            checksum: checksum
                .ok_or_else(|| Error::internal("a stored checksum cannot be read"))?,
            has_rows: row.get("has_rows"),
        })
    }
}
