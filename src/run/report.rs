//! What is told of a database that answers, and of the role by which it is reached.

use std::time::Duration;

use tokio_postgres::{Client, Error};

use super::error::failure::is_cancellation;
use super::own_store::known;
use super::pool::connection::Connection;
use super::{Failure, Warning, role};

/// For each statement, so that a lock on the catalogue does not hold the server's side for long.
const STATEMENT_MAX: Duration = Duration::from_secs(4);

const FACTS: &str = "
    select session_user::text, current_database()::text, current_setting('server_version'), pg_is_in_recovery()";

/// Each by itself: a service may hide one of them. PostgreSQL looks at every file of the database for its size.
const ENCRYPTION: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
const SIZE: &str = "select pg_database_size(current_database())";
const SIZE_TIMEOUT: &str = "set statement_timeout = '1s'";

/// A database that may be queried, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// PostgreSQL's, as people say it: `15.18`, `18beta1`.
    pub version: String,
    /// The database's name on its server.
    pub database: String,
    /// `None` where the role may not know it, or counting takes too long.
    pub size_bytes: Option<u64>,
    pub role: String,
    /// Whether the connection has TLS.
    pub is_encrypted: bool,
    /// A follower, which takes no changes.
    pub is_standby: bool,
    /// What the role should rather not be able to do.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// Asks on a connection that nobody uses, and leaves settings behind. Looks at the role again, since roles change.
    pub(super) async fn read(connection: &mut Connection) -> Result<Self, Failure> {
        let preparation = format!(
            "set statement_timeout = {}; set search_path = pg_catalog",
            STATEMENT_MAX.as_millis()
        );
        connection
            .client
            .batch_execute(&preparation)
            .await
            .map_err(failure)?;
        let role = role::check(&mut connection.client).await.map_err(failure)?;
        match Failure::of_role(&role) {
            Some(failure) => Err(failure),
            None => describe(connection, role.warnings).await.map_err(failure),
        }
    }
}

async fn describe(connection: &Connection, warnings: Vec<Warning>) -> Result<Report, Error> {
    let client = &connection.client;
    let facts = client.query_typed_one(FACTS, &[]).await?;
    let version: &str = facts.try_get(2)?;
    // Such as `15.18 (Debian 15.18-0+deb12u1)`.
    let version = version.split_whitespace().next().unwrap_or(version);
    Ok(Report {
        version: version.to_owned(),
        database: facts.try_get(1)?,
        // The URL knows, unless it leaves it to the server: a pooler in between would tell of its own connection.
        is_encrypted: match connection.is_encrypted {
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
        false => Failure::of_connecting(&error),
    }
}
