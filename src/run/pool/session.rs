//! One use of a connection: a read-only transaction, always rolled back, and a clean session afterwards.
//!
//! No keyword list and no regular expression decides what may run: PostgreSQL parses the text on this connection, and
//! then the same bytes are sent by the simple protocol.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::time::{Instant, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, SimpleQueryMessage, SimpleQueryRow};

use super::lease::Lease;
use super::queue::Turn;
use crate::postgres::Tls;
use crate::result::{Column, Cut, Writer};
use crate::run::columns::columns;
use crate::run::error::failure::is_cancellation;
use crate::run::error::near_names::RelationName;
use crate::run::schema::{Schema, SchemaSearch};
use crate::run::{Failure, Limits, Query, Report, Wait, schema};

/// `client_connection_check_interval` exists since this version. Without it the query of a killed server keeps running.
const CONNECTION_CHECK_VERSION: u32 = 14;
/// Our transactions are never idle for long: only between two messages.
const IDLE_TIMEOUT: &str = "60s";
const CONNECTION_CHECK_INTERVAL: &str = "2s";
/// For everything other than the visitor's own statement.
const HOUSEKEEPING_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection in use. [`Session::close`] cleans it for its next use, or closes it; so does dropping the session.
pub(in crate::run) struct Session {
    connection: Lease,
    /// Whether the connection may be reused after a reset.
    is_sound: bool,
    /// Prepared statements of the client library before the visitor's statement, in which a function may deallocate
    /// them.
    own_statements: i64,
    /// Released after the connection: fields are dropped in this order.
    _turn: Option<Turn>,
}

/// Cancels the statement that a session's connection is executing.
pub(in crate::run) struct Canceller {
    token: CancelToken,
    tls: Tls,
}

/// Why a session's work stopped.
pub(in crate::run) enum Stopped {
    Failed(Failure),
    /// PostgreSQL reports that the statement was cancelled; the failure is for the case that the database itself did
    /// it.
    Cancelled(Failure),
}

impl Session {
    pub(in crate::run) fn new(connection: Lease, turn: Option<Turn>) -> Self {
        Self {
            connection,
            is_sound: true,
            own_statements: 0,
            _turn: turn,
        }
    }

    pub(in crate::run) fn canceller(&self) -> Canceller {
        Canceller {
            token: self.connection.client.cancel_token(),
            tls: self.connection.tls.clone(),
        }
    }

    /// Id of its process in PostgreSQL.
    pub(in crate::run) fn process(&self) -> i32 {
        self.connection.process
    }

    /// Opens the transaction and has PostgreSQL parse and describe the text in it, which proves that it is one
    /// statement that returns rows, and yields its columns.
    pub(in crate::run) async fn begin(
        &mut self,
        query: &Query,
        deadline: Instant,
    ) -> Result<Vec<Column>, Stopped> {
        refuse_locally(&query.sql)?;
        let opening = self.opening(&query.application_name, deadline);
        // Both messages are sent together: one round trip.
        let (opened, prepared) = tokio::join!(
            self.connection.client.batch_execute(&opening),
            self.connection.client.prepare(&query.sql)
        );
        opened.map_err(|error| self.stopped(error))?;
        match prepared {
            Ok(statement) => Ok(columns(&statement)?),
            Err(error) => Err(self.stopped_by_text(error, &query.sql).await),
        }
    }

    /// Only parses and describes.
    pub(in crate::run) async fn prepare_only(&mut self, sql: &str) -> Result<Vec<Column>, Failure> {
        let query = Query {
            application_name: "dataclips check".to_owned(),
            sql: sql.to_owned(),
        };
        let deadline = Instant::now() + HOUSEKEEPING_TIMEOUT;
        self.begin(&query, deadline)
            .await
            .map_err(|stopped| match stopped {
                Stopped::Failed(failure) => failure,
                Stopped::Cancelled(_) => Failure::Timeout {
                    limit: HOUSEKEEPING_TIMEOUT,
                },
            })
    }

    /// Inspects the database and the role.
    pub(in crate::run) async fn examine(&mut self) -> Result<Report, Failure> {
        let report = self.connection.report().await;
        self.is_sound &= !matches!(report, Err(Failure::Unavailable(_)));
        report
    }

    /// Queries what another process waits for.
    pub(in crate::run) async fn wait_of(&mut self, process: i32) -> Result<Option<Wait>, Failure> {
        let client = &self.connection.client;
        let response = timeout(HOUSEKEEPING_TIMEOUT, async {
            let (prepared, wait) = tokio::join!(
                client.batch_execute("set search_path = pg_catalog"),
                Wait::read(client, process)
            );
            prepared.and(wait)
        });
        let wait = match response.await {
            Ok(wait) => wait.map_err(|error| Failure::from_connect_error(&error)),
            Err(_) => Err(Failure::no_answer(HOUSEKEEPING_TIMEOUT)),
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
        let opening = self.opening("dataclips schema", deadline);
        let reading = Schema::read(&self.connection.client, &opening, search);
        let schema = timeout(HOUSEKEEPING_TIMEOUT, reading)
            .await
            .unwrap_or_else(|_| Err(Failure::no_answer(HOUSEKEEPING_TIMEOUT)));
        self.is_sound &= schema.is_ok();
        schema
    }

    /// Sends the statement that was just parsed on this connection, unchanged, and receives its rows as text. Returns
    /// the limit at which they were cut, if any; in that case the query is cancelled, not drained.
    pub(in crate::run) async fn receive(
        &mut self,
        sql: &str,
        deadline: Instant,
        limits: &Limits,
        writer: &mut Writer,
    ) -> Result<Option<Cut>, Stopped> {
        let client = &self.connection.client;
        let limit = format!(
            "set local statement_timeout = {}",
            milliseconds_until(deadline)
        );
        // All messages are sent together: one round trip.
        let (limited, counted, stream) = tokio::join!(
            client.batch_execute(&limit),
            self.connection.reset.count_own(client),
            client.simple_query_raw(sql)
        );
        let counted = limited.and(counted).map_err(|error| self.stopped(error))?;
        self.own_statements = counted;
        let mut stream = pin!(stream.map_err(|error| self.stopped(error))?);
        let mut bytes = 0;
        let stopped = loop {
            let row = match stream.try_next().await {
                Ok(Some(SimpleQueryMessage::Row(row))) => row,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.stopped_by_text(error, sql).await),
            };
            if writer.rows() == limits.rows_max {
                break Ok(Some(Cut::Rows));
            }
            match writer.try_append(cells(&row)) {
                Ok(more) => bytes += more,
                Err(failure) => break Err(failure.into()),
            }
            if bytes > limits.bytes_max {
                writer.take_back();
                break Ok(Some(Cut::Bytes));
            }
        };
        self.is_sound = false;
        self.canceller().cancel().await;
        // The remaining rows, at most those already in flight, are read and dropped until PostgreSQL reports the end.
        let ended = async { while let Ok(Some(_)) = stream.try_next().await {} };
        let _ = timeout(HOUSEKEEPING_TIMEOUT, ended).await;
        stopped
    }

    /// Rolls back and resets the session before it can be reused. A connection that was cancelled, failed unexpectedly
    /// or was not read to its end is closed.
    pub(in crate::run) async fn close(self) {
        let is_pristine = timeout(
            HOUSEKEEPING_TIMEOUT,
            self.connection
                .reset
                .apply(&self.connection.client, self.own_statements),
        )
        .await
        .unwrap_or(false);
        if is_pristine && self.is_sound {
            self.connection.give_back();
        }
    }

    /// A connection whose work was interrupted from outside must not be reused.
    pub(in crate::run) fn mark_unsound(&mut self) {
        self.is_sound = false;
    }

    fn opening(&self, application_name: &str, deadline: Instant) -> String {
        let mut opening = format!(
            "begin transaction read only;
             set local statement_timeout = {};
             set local idle_in_transaction_session_timeout = '{IDLE_TIMEOUT}';
             set local timezone = 'UTC';
             set local datestyle = 'ISO';
             set local intervalstyle = 'postgres';
             set local bytea_output = 'hex';
             set local extra_float_digits = 1;
             set local client_encoding = 'UTF8';
             set local application_name = '{}';",
            milliseconds_until(deadline),
            application_name.replace('\'', "''"),
        );
        if self.connection.version >= CONNECTION_CHECK_VERSION {
            opening.push_str(&format!(
                "set local client_connection_check_interval = '{CONNECTION_CHECK_INTERVAL}';"
            ));
        }
        opening
    }

    /// The visitor's statement failed: adds names that they may have meant.
    async fn stopped_by_text(&mut self, error: tokio_postgres::Error, sql: &str) -> Stopped {
        let stopped = self.stopped(error);
        let Stopped::Failed(Failure::Statement(mut error)) = stopped else {
            return stopped;
        };
        if let Some(name) = error.missing_relation(sql) {
            error.near_names = self.near(&name).await;
        }
        Stopped::Failed(Failure::Statement(error))
    }

    fn stopped(&mut self, error: tokio_postgres::Error) -> Stopped {
        if is_cancellation(&error) {
            self.is_sound = false;
            return Stopped::Cancelled(Failure::from_statement_error(&error));
        }
        // PostgreSQL checks such bytes before sending them, and reports an error.
        let is_not_text = error.code() == Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE);
        if is_not_text && self.connection.is_without_encoding {
            return Stopped::Failed(Failure::NotUtf8);
        }
        let failure = Failure::from_statement_error(&error);
        self.is_sound &= matches!(failure, Failure::Statement(_));
        Stopped::Failed(failure)
    }

    /// In a transaction of its own, since the visitor's has failed.
    async fn near(&self, name: &RelationName) -> Vec<String> {
        let client = &self.connection.client;
        let look_up = async {
            client
                .batch_execute(
                    "rollback; begin transaction read only; set local statement_timeout = '2s'",
                )
                .await?;
            name.near(client).await
        };
        match timeout(HOUSEKEEPING_TIMEOUT, look_up).await {
            Ok(Ok(names)) => names,
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }
}

impl Canceller {
    /// Asks PostgreSQL to cancel. The outcome shows on the session's own connection.
    pub(in crate::run) async fn cancel(&self) {
        let response = timeout(
            HOUSEKEEPING_TIMEOUT,
            self.token.cancel_query(self.tls.clone()),
        )
        .await;
        if !matches!(response, Ok(Ok(()))) {
            tracing::warn!("a query could not be cancelled: its database cannot be reached");
        }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Refuses what can be recognised without the database.
fn refuse_locally(sql: &str) -> Result<(), Failure> {
    if sql.contains('\0') {
        return Err(Failure::Nul);
    }
    let is_empty = sql
        .chars()
        .all(|character| character.is_whitespace() || character == ';');
    if is_empty {
        Err(Failure::Empty)
    } else {
        Ok(())
    }
}

/// A row's values; an error for a value that is not UTF-8.
fn cells(row: &SimpleQueryRow) -> impl Iterator<Item = Result<Option<&str>, Failure>> {
    (0..row.len()).map(|index| row.try_get(index).map_err(|_| Failure::NotUtf8))
}

/// Rounded up, so that PostgreSQL never gives up before the deadline; at least 1, since 0 means no limit.
fn milliseconds_until(deadline: Instant) -> u128 {
    deadline
        .saturating_duration_since(Instant::now())
        .as_micros()
        .div_ceil(1_000)
        .max(1)
}
