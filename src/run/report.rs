//! A report on a database that responds, and on the role used to reach it.

use std::time::Duration;

use tokio_postgres::{Client, Error, Row};

use super::error::failure::is_cancellation;
use super::own_store::known;
use super::pool::pooler::{Pooler, Pooling};
use super::role::warning::unreadable::{self, READABLE};
use super::{Failure, Warning, role};

/// For each statement, so that a lock on the catalogue does not block for long.
const STATEMENT_MAX: Duration = Duration::from_secs(4);

const FACTS: &str = "
    select session_user::text, current_database()::text, current_setting('server_version'), pg_is_in_recovery()";

/// Each is queried separately, since a service may hide one of them. For the size PostgreSQL examines every file of the
/// database.
const ENCRYPTION: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
const SIZE: &str = "select pg_database_size(current_database())";
const TABLES: &str = "
    select count(*) from pg_class
    where relkind in ('r', 'p') and relpersistence <> 't'
    and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)";
const SIZE_MAX: Duration = Duration::from_secs(1);
/// Where a role can read nothing, PostgreSQL looks at every table.
const READABLE_MAX: Duration = Duration::from_secs(1);

/// The state of a database that may be queried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// PostgreSQL's version in short: `15.18`, `18beta1`.
    pub version: String,
    /// The database's name on its server.
    pub database: String,
    /// `None` if the role may not know it, or if computing it takes too long.
    pub size_bytes: Option<u64>,
    /// Of its own: without those of PostgreSQL, and temporary ones. `None` as for the size.
    pub tables: Option<u64>,
    pub role: String,
    /// Whether the connection has TLS.
    pub is_encrypted: bool,
    /// A follower, which accepts no changes.
    pub is_standby: bool,
    /// Of the pooler in between, if there is one.
    pub pooling: Option<Pooling>,
    /// What the role should not be able to do, and whether it can read nothing.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// Uses an idle connection. Checks the role again, since roles change.
    ///
    /// `is_encrypted` as the URL decides it, unless it leaves that to the server.
    pub(super) async fn read(
        client: &mut Client,
        is_encrypted: Option<bool>,
        pooler: Option<Pooler>,
    ) -> Result<Self, Failure> {
        let role = role::check(client).await.map_err(failure)?;
        match Failure::from_role_report(&role) {
            Some(failure) => Err(failure),
            None => describe(client, is_encrypted, pooler, role.warnings)
                .await
                .map_err(failure),
        }
    }
}

async fn describe(
    client: &Client,
    is_encrypted: Option<bool>,
    pooler: Option<Pooler>,
    mut warnings: Vec<Warning>,
) -> Result<Report, Error> {
    let facts = ask(client, STATEMENT_MAX, FACTS).await?;
    let version: &str = facts.try_get(2)?;
    // Such as `15.18 (Debian 15.18-0+deb12u1)`.
    let version = version.split_whitespace().next().unwrap_or(version);
    if let Ok(row) = ask(client, READABLE_MAX, READABLE).await {
        warnings.extend(unreadable::warning(&row)?);
    }
    let size: Option<i64> = known(ask(client, SIZE_MAX, SIZE).await.map(Some))?;
    let tables: Option<i64> = known(ask(client, SIZE_MAX, TABLES).await.map(Some))?;
    Ok(Report {
        version: version.to_owned(),
        database: facts.try_get(1)?,
        // A pooler in between would report its own connection.
        is_encrypted: match is_encrypted {
            Some(is_encrypted) => is_encrypted,
            None => {
                let encryption = ask(client, STATEMENT_MAX, ENCRYPTION).await.map(Some);
                known(encryption)?.unwrap_or(false)
            }
        },
        size_bytes: size.and_then(|size| u64::try_from(size).ok()),
        tables: tables.and_then(|tables| u64::try_from(tables).ok()),
        role: facts.try_get(0)?,
        is_standby: facts.try_get(3)?,
        pooling: match pooler {
            Some(pooler) => Some(pooler.pooling(client).await?),
            None => None,
        },
        warnings,
    })
}

/// One row, in a transaction of its own, which leaves nothing behind. All messages are sent together: one round trip.
async fn ask(client: &Client, statement_max: Duration, sql: &str) -> Result<Row, Error> {
    let opening = format!(
        "begin transaction read only; set local search_path = pg_catalog; set local statement_timeout = {}",
        statement_max.as_millis()
    );
    let (opened, row, ended) = tokio::join!(
        client.batch_execute(&opening),
        client.query_typed_one(sql, &[]),
        client.batch_execute("rollback"),
    );
    opened.and(ended)?;
    row
}

fn failure(error: Error) -> Failure {
    match is_cancellation(&error) {
        true => Failure::no_answer(STATEMENT_MAX),
        false => Failure::from_connect_error(&error),
    }
}
