//! Numbers results. If several servers return the same data at the same time, it gets one number.

use std::time::Duration;

use deadpool_postgres::Client;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{Json, ToSql};

use super::{COLUMNS, FailedRun, StoredResult};
use crate::error::Error;
use crate::result::{Column, Cut, Summary};
use crate::run::Values;
use crate::store::Store;

/// A server of an earlier release numbers without the lock, while it is being replaced.
const ATTEMPTS_MAX: usize = 10;

impl StoredResult {
    /// Adds the next result of a version, without its rows; or returns the newest one with these values, if it has the same
    /// data.
    pub async fn add(
        store: &Store,
        clip: i64,
        version: i32,
        values: &Values,
        run: &Summary,
        columns: &[Column],
    ) -> Result<Self, Error> {
        let complete_to = run.read_from.as_ref().and_then(|from| from.complete_to);
        number(
            store,
            Kind {
                columns: "checksum, columns, row_count, truncated_by, read_from, checked_from",
                placeholders: "$9, $10, $11, $12, $13, $13",
                is_behind: "(checked_from ->> 'position')::pg_lsn > $14::text::pg_lsn",
                newest: "failure is null and not is_late",
                is_same: "checksum = $9",
            },
            &[
                &clip,
                &version,
                &Json(values),
                &values.key().as_bytes(),
                &run.started_at,
                &run.finished_at,
                &run.checked_at,
                &microseconds(run.elapsed),
                &run.checksum.as_bytes(),
                &Json(columns),
                &(run.rows as i64),
                &run.truncated.map(Cut::as_str),
                &run.read_from.as_deref().map(Json),
                &complete_to.map(|position| position.to_string()),
            ],
        )
        .await
    }

    /// Adds an error as the next result of a version; or returns the newest one, if it is the same error.
    pub async fn add_failed(
        store: &Store,
        clip: i64,
        version: i32,
        values: &Values,
        run: &FailedRun,
    ) -> Result<Self, Error> {
        let elapsed = run.finished_at.duration_since(run.started_at);
        number(
            store,
            Kind {
                columns: "failure",
                placeholders: "$9",
                is_behind: "false",
                newest: "true",
                is_same: "failure = $9",
            },
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
}

/// How data and errors differ, in SQL.
struct Kind {
    columns: &'static str,
    placeholders: &'static str,
    /// Whether the newest result shows something that this run's server had not replayed.
    is_behind: &'static str,
    /// Of which results the newest may have the same content.
    newest: &'static str,
    is_same: &'static str,
}

async fn number(
    store: &Store,
    kind: Kind,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<StoredResult, Error> {
    let mut client = store.client().await?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_to_number(&mut client, &kind, parameters).await {
            Err(error)
                if error.code() == Some(&SqlState::UNIQUE_VIOLATION) && attempt < ATTEMPTS_MAX => {}
            numbered => return StoredResult::from_row(&numbered?),
        }
    }
}

/// Looks at the newest result only once the version is locked: a statement does not see what was committed while it waited.
async fn try_to_number(
    client: &mut Client,
    kind: &Kind,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Row, tokio_postgres::Error> {
    let Kind {
        columns,
        placeholders,
        is_behind,
        newest,
        is_same,
    } = kind;
    // A wrong clock at one server must not make all later results late.
    let sql = format!(
        "with newest as (
             select * from results
             where clip_id = $1 and version = $2 and values_key = $4 and {newest}
             order by number desc limit 1
         ), same as (
             select * from newest where {is_same}
         ), added as (
             insert into results (clip_id, version, number, parameter_values, values_key, started_at, finished_at,
                 checked_at, elapsed_us, is_late, {columns})
             select $1, $2,
                 1 + coalesce((select max(number) from results where clip_id = $1 and version = $2), 0),
                 $3, $4, $5, $6, $7, $8,
                 exists (
                     select from newest
                     where failure is null and checked_at <= clock_timestamp() + interval '1 second'
                     and (checked_at - elapsed_us * interval '1 microsecond' > $7::timestamptz - $8::bigint * interval '1 microsecond'
                          or {is_behind})
                 ),
                 {placeholders}
             where not exists (select from same)
             returning *
         )
         select {COLUMNS} from (select * from added union all select * from same) as results"
    );
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "select pg_advisory_xact_lock(hashint8($1), $2)",
            &parameters[..2],
        )
        .await?;
    let row = transaction.query_one(&sql, parameters).await?;
    transaction.commit().await?;
    Ok(row)
}

pub(super) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
