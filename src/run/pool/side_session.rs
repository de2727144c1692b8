//! One use of the side connection: questions to the catalogue, and to PostgreSQL about a text that is not run.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use tokio_postgres::error::SqlState;

use super::connection::Opener;
use super::lease::Lease;
use super::process::Process;
use crate::result::Column;
use crate::run::columns::columns;
use crate::run::error::failure::is_cancellation;
use crate::run::error::near_names::RelationName;
use crate::run::followers::standing::Standing;
use crate::run::parameters::explain_quoted;
use crate::run::schema::{Schema, SchemaSearch};
use crate::run::wire::statement_timeout;
use crate::run::{Failure, Report, Wait, schema};

pub(super) const QUERY_MAX: Duration = Duration::from_secs(5);
/// For where a server is in the write-ahead log, which is asked every second.
const STANDING_MAX: Duration = Duration::from_secs(2);
/// Visible in `pg_stat_activity`.
pub(super) const CHECK_NAME: &str = "dataclips check";
/// Searching similar names must not delay an error for long.
const NEAR_NAMES_MAX: Duration = Duration::from_secs(2);
/// Leaves nothing behind: all that is set, is set for one transaction. A pooler gives each another connection.
const RESET: &str = "rollback";
/// Of a check of the database's health, on the server; the rest is for the way.
const OBJECTS_MAX: Duration = Duration::from_secs(4);
/// A check waits for no lock that others hold for long. Compiling queries of the catalogue takes longer than running them.
const FOR_CHECKS: &str = "set local lock_timeout = '1s'; set local jit = off";
const CATALOGUE: &str = "set local search_path = pg_catalog";

/// The side connection in use. [`SideSession::close`] cleans it for its next use; dropping it closes the connection.
pub(in crate::run) struct SideSession {
    connection: Lease<Opener>,
    /// Whether the connection may be reused after a reset.
    is_sound: bool,
    /// PostgreSQL logs a warning for a reset outside a transaction.
    is_reset: bool,
}

impl SideSession {
    pub(in crate::run) fn new(connection: Lease<Opener>) -> Self {
        Self {
            connection,
            is_sound: true,
            is_reset: false,
        }
    }

    /// Whether a pooler stands in between, so that the library must not prepare statements, which have names.
    pub(in crate::run) fn is_pooled(&self) -> bool {
        self.connection.pooler.is_some()
    }

    /// Has PostgreSQL parse and describe the text in a read-only transaction, and returns its columns.
    pub(in crate::run) async fn check(&mut self, sql: &str) -> Result<Vec<Column>, Failure> {
        let opening = opening(CHECK_NAME, Instant::now() + QUERY_MAX);
        let client = &self.connection.client;
        // Both messages are sent together: one round trip.
        let (opened, prepared) = tokio::join!(client.batch_execute(&opening), client.prepare(sql));
        match opened.and(prepared) {
            Ok(statement) => columns(&statement),
            Err(error) if is_cancellation(&error) => {
                self.is_sound = false;
                Err(Failure::timeout(QUERY_MAX))
            }
            Err(error) => {
                let mut failure = self.failure(&error);
                failure.relate_to(sql, self.connection.is_without_encoding);
                explain_quoted(sql, &mut failure);
                Err(failure)
            }
        }
    }

    /// Inspects the database and the role.
    pub(in crate::run) async fn examine(&mut self) -> Result<Report, Failure> {
        let report = self.connection.report().await;
        self.is_reset = report.is_ok();
        self.is_sound &= !matches!(report, Err(Failure::Unavailable(_)));
        report
    }

    /// Queries what another process waits for.
    pub(in crate::run) async fn wait_of(&mut self, process: i32) -> Result<Option<Wait>, Failure> {
        let client = &self.connection.client;
        let opening = catalogue();
        let response = timeout(QUERY_MAX, async {
            let (opened, wait) =
                tokio::join!(client.batch_execute(&opening), Wait::read(client, process));
            opened.and(wait)
        });
        let wait = match response.await {
            Ok(wait) => wait.map_err(|error| Failure::from_connect_error(&error)),
            Err(_) => Err(Failure::no_answer(QUERY_MAX)),
        };
        self.is_sound &= wait.is_ok();
        wait
    }

    /// Reads the catalogue with the role's own search path, which decides which names a query has to qualify.
    pub(in crate::run) async fn schema(
        &mut self,
        search: &SchemaSearch,
    ) -> Result<Schema, Failure> {
        let deadline = Instant::now() + schema::STATEMENT_MAX;
        let opening = opening("dataclips schema", deadline);
        let reading = Schema::read(&self.connection.client, &opening, search);
        let schema = timeout(QUERY_MAX, reading)
            .await
            .unwrap_or_else(|_| Err(Failure::no_answer(QUERY_MAX)));
        self.is_sound &= schema.is_ok();
        schema
    }

    /// The rows of a question of ours as JSON objects, with the columns in their order.
    pub(in crate::run) async fn objects(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        let opening = opening("dataclips doctor", Instant::now() + OBJECTS_MAX);
        let opening = format!("{opening}; {CATALOGUE}; {FOR_CHECKS}");
        let sql = format!("select pg_catalog.row_to_json(found)::text from (\n{sql}\n) as found");
        let client = &self.connection.client;
        let response = timeout(QUERY_MAX, async {
            let (opened, rows) = tokio::join!(
                client.batch_execute(&opening),
                client.query_typed(&sql, &[])
            );
            let rows = opened.and(rows)?;
            rows.iter().map(|row| row.try_get(0)).collect()
        });
        match response.await {
            Ok(Ok(objects)) => Ok(objects),
            Ok(Err(error)) if is_cancellation(&error) => Err(Failure::timeout(OBJECTS_MAX)),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(_) => {
                self.is_sound = false;
                Err(Failure::no_answer(QUERY_MAX))
            }
        }
    }

    /// Where the server is in the write-ahead log.
    pub(in crate::run) async fn standing(&mut self) -> Result<Standing, Failure> {
        let client = &self.connection.client;
        let opening = catalogue();
        let response = timeout(STANDING_MAX, async {
            let (opened, standing) =
                tokio::join!(client.batch_execute(&opening), Standing::read(client));
            opened.and(standing)
        });
        match response.await {
            Ok(Ok(standing)) => Ok(standing),
            Ok(Err(error)) => Err(self.failure(&error)),
            Err(_) => {
                self.is_sound = false;
                Err(Failure::no_answer(STANDING_MAX))
            }
        }
    }

    /// Whether a process of ours has ended; if not, asks PostgreSQL to terminate it.
    pub(in crate::run) async fn terminate(&mut self, process: &Process) -> Result<bool, Failure> {
        let client = &self.connection.client;
        let response = timeout(QUERY_MAX, async {
            client.batch_execute(&catalogue()).await?;
            if process.has_ended(client).await? {
                return Ok(true);
            }
            process.terminate(client).await?;
            Ok::<_, tokio_postgres::Error>(false)
        });
        let ended = match response.await {
            Ok(ended) => ended.map_err(|error| Failure::from_connect_error(&error)),
            Err(_) => Err(Failure::no_answer(QUERY_MAX)),
        };
        self.is_sound &= ended.is_ok();
        ended
    }

    /// Names of relations that may have been meant. None if the database does not answer soon.
    pub(in crate::run) async fn near(&mut self, name: &RelationName) -> Vec<String> {
        let client = &self.connection.client;
        let opening = opening(CHECK_NAME, Instant::now() + NEAR_NAMES_MAX);
        let look_up = async {
            client
                .batch_execute(&format!("rollback; {opening}"))
                .await?;
            name.near(client).await
        };
        match timeout(QUERY_MAX, look_up).await {
            Ok(Ok(names)) => names,
            Ok(Err(_)) | Err(_) => {
                self.is_sound = false;
                Vec::new()
            }
        }
    }

    /// Resets the session before it can be reused.
    pub(in crate::run) async fn close(self) {
        let reset = async {
            match self.is_reset {
                true => Ok(()),
                false => self.connection.client.batch_execute(RESET).await,
            }
        };
        let reset = timeout(QUERY_MAX, reset).await;
        if self.is_sound && matches!(reset, Ok(Ok(()))) {
            self.connection.give_back();
        }
    }

    /// A text's error leaves the connection as it was.
    fn failure(&mut self, error: &tokio_postgres::Error) -> Failure {
        // PostgreSQL checks such bytes before sending them, and reports an error.
        let is_not_text = error.code() == Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE);
        if is_not_text && self.connection.is_without_encoding {
            return Failure::NotUtf8;
        }
        let failure = Failure::from_statement_error(error);
        self.is_sound &= matches!(failure, Failure::Statement(_));
        failure
    }
}

/// The same as [`opening`], for questions of ours.
fn catalogue() -> String {
    let opening = opening(CHECK_NAME, Instant::now() + QUERY_MAX);
    format!("{opening}; {CATALOGUE}")
}

/// Commands that open a read-only transaction.
fn opening(application_name: &str, deadline: Instant) -> String {
    format!(
        "begin transaction read only; {}; set local application_name = '{application_name}'",
        statement_timeout(deadline),
    )
}
