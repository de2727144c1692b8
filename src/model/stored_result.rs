//! Stored results, numbered within their version. A result may outlive its rows.

mod pages;
mod sweep;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Json, ToSql};

use crate::error::Error;
use crate::result::{Checksum, Column, Cut, Summary};
use crate::run::parameters::SetKey;
use crate::run::{Failure, Values};
use crate::store::Store;
pub use pages::Kept;
pub(super) use pages::hold;
pub use sweep::{Released, sweep};

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

/// Runs with different values record their results at the same time; each attempt lets one of them through.
const NUMBERING_ATTEMPTS_MAX: usize = 100;

pub(super) const COLUMNS: &str = "
    results.id as result_id, results.version as result_version, results.number as result_number,
    results.parameter_values, results.started_at,
    results.finished_at, results.checked_at, results.elapsed_us, results.columns, results.row_count, results.checksum,
    results.truncated_by, results.failure, results.has_rows";

impl StoredResult {
    /// Adds the next result of a version, without its rows.
    pub async fn add(
        store: &Store,
        clip: i64,
        version: i32,
        values: &Values,
        run: &Summary,
        columns: &[Column],
    ) -> Result<Self, Error> {
        insert(
            store,
            "columns, row_count, checksum, truncated_by",
            "$9, $10, $11, $12",
            &[
                &clip,
                &version,
                &Json(values),
                &values.key().as_bytes(),
                &run.started_at,
                &run.finished_at,
                &run.checked_at,
                &microseconds(run.elapsed),
                &Json(columns),
                &(run.rows as i64),
                &run.checksum.as_bytes(),
                &run.truncated.map(Cut::as_str),
            ],
        )
        .await
    }

    /// Adds an error as the next result of a version.
    pub async fn add_failed(
        store: &Store,
        clip: i64,
        version: i32,
        values: &Values,
        run: &FailedRun,
    ) -> Result<Self, Error> {
        let elapsed = run.finished_at.duration_since(run.started_at);
        insert(
            store,
            "failure",
            "$9",
            &[
                &clip,
                &version,
                &Json(values),
                &values.key().as_bytes(),
                &run.started_at,
                &run.finished_at,
                &run.finished_at,
                &microseconds(elapsed.try_into().unwrap_or_default()),
                &Json(&run.failure),
            ],
        )
        .await
    }

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
                 where clip_id = $1 and version = $2 and failure is null
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
                     where clip_id = $1 and version = $2 and has_rows and ($3::bytea is null or values_key = $3)
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

    /// Moves `checked_at` of each of these results forward.
    pub async fn check(store: &Store, checked: &[(i64, Timestamp)]) -> Result<(), Error> {
        let (ids, moments): (Vec<i64>, Vec<Timestamp>) = checked.iter().copied().unzip();
        store
            .client()
            .await?
            .execute(
                "update results
                 set checked_at = checked.moment
                 from unnest($1::bigint[], $2::timestamptz[]) as checked (id, moment)
                 where results.id = checked.id and results.checked_at < checked.moment",
                &[&ids, &moments],
            )
            .await?;
        Ok(())
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
        })
    }
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

/// Adds a result with the next number of its version. Of two concurrent inserts the unique key lets only one succeed, and
/// the other tries again.
async fn insert(
    store: &Store,
    columns: &str,
    placeholders: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<StoredResult, Error> {
    let sql = format!(
        "insert into results (clip_id, version, number, parameter_values, values_key, started_at, finished_at,
             checked_at, elapsed_us, {columns})
         select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7, $8, {placeholders}
         from results
         where clip_id = $1 and version = $2
         returning {COLUMNS}"
    );
    let client = store.client().await?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match client.query_one(&sql, parameters).await {
            Err(error)
                if error.code() == Some(&SqlState::UNIQUE_VIOLATION)
                    && attempt < NUMBERING_ATTEMPTS_MAX => {}
            inserted => return StoredResult::from_row(&inserted?),
        }
    }
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
