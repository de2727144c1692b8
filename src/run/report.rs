//! A report on a database that responds, and on the role used to reach it.

use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::error::failure::is_cancellation;
use super::own_store::known;
use super::{Failure, Warning, role};

/// For each statement, so that a lock on the catalogue does not block for long.
const STATEMENT_MAX: Duration = Duration::from_secs(4);

const FACTS: &str = "
    select session_user::text, current_database()::text, current_setting('server_version'), pg_is_in_recovery()";

/// Each is queried separately, since a service may hide one of them. For the size PostgreSQL examines every file of the
/// database.
const ENCRYPTION: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
const SIZE: &str = "select pg_database_size(current_database())";
const SIZE_TIMEOUT: &str = "set statement_timeout = '1s'";

/// The state of a database that may be queried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// PostgreSQL's version in short: `15.18`, `18beta1`.
    pub version: String,
    /// The database's name on its server.
    pub database: String,
    /// `None` if the role may not know it, or if computing it takes too long.
    pub size_bytes: Option<u64>,
    pub role: String,
    /// Whether the connection has TLS.
    pub is_encrypted: bool,
    /// A follower, which accepts no changes.
    pub is_standby: bool,
    /// What the role should not be able to do.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// Uses an idle connection, and leaves its settings changed. Checks the role again, since roles change.
    ///
    /// `is_encrypted` as the URL decides it, unless it leaves that to the server.
    pub(super) async fn read(
        client: &mut Client,
        is_encrypted: Option<bool>,
    ) -> Result<Self, Failure> {
        let preparation = format!(
            "set statement_timeout = {}; set search_path = pg_catalog",
            STATEMENT_MAX.as_millis()
        );
        client.batch_execute(&preparation).await.map_err(failure)?;
        let role = role::check(client).await.map_err(failure)?;
        match Failure::from_role_report(&role) {
            Some(failure) => Err(failure),
            None => describe(client, is_encrypted, role.warnings)
                .await
                .map_err(failure),
        }
    }
}

async fn describe(
    client: &Client,
    is_encrypted: Option<bool>,
    warnings: Vec<Warning>,
) -> Result<Report, Error> {
    let facts = client.query_typed_one(FACTS, &[]).await?;
    let version: &str = facts.try_get(2)?;
    // Such as `15.18 (Debian 15.18-0+deb12u1)`.
    let version = version.split_whitespace().next().unwrap_or(version);
    Ok(Report {
        version: version.to_owned(),
        database: facts.try_get(1)?,
        // A pooler in between would report its own connection.
        is_encrypted: match is_encrypted {
            Some(is_encrypted) => is_encrypted,
            None => known(client.query_typed_opt(ENCRYPTION, &[]).await)?.unwrap_or(false),
        },
        size_bytes: size_bytes(client).await?,
        role: facts.try_get(0)?,
        is_standby: facts.try_get(3)?,
        warnings,
    })
}

async fn size_bytes(client: &Client) -> Result<Option<u64>, Error> {
    let (limited, size) = tokio::join!(
        client.batch_execute(SIZE_TIMEOUT),
        client.query_typed_opt(SIZE, &[])
    );
    limited?;
    let size: Option<i64> = known(size)?;
    Ok(size.and_then(|size| u64::try_from(size).ok()))
}

fn failure(error: Error) -> Failure {
    match is_cancellation(&error) {
        true => Failure::no_answer(STATEMENT_MAX),
        false => Failure::from_connect_error(&error),
    }
}
