//! Recognises a pooler between us and PostgreSQL, which shares its connections among clients.

use tokio_postgres::error::Severity;
use tokio_postgres::{Client, Error};

use crate::postgres::SignedIn;
use crate::run::Failure;

const PROCESS: &str = "select pg_catalog.pg_backend_pid()";
/// The process, and the port that PostgreSQL sees at the other end; NULL for a socket in the file system.
const ROUTE: &str = "select pg_catalog.pg_backend_pid(), pg_catalog.inet_client_port()";
/// Only pgpool-II knows this command.
const PGPOOL_VERSION: &str = "show pool_version";

/// A pooler, as seen by one of its clients.
#[derive(Clone, Copy, Debug)]
pub(in crate::run) struct Pooler {
    /// PostgreSQL's process that answered first.
    process: i32,
}

/// How a pooler shares its connections to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// No sign of either. A pooler in transaction mode that has one connection, or little to do, looks like this too.
    Unknown,
    /// Each transaction of a client may have another connection.
    Transaction,
}

/// What one connection shows of its way to PostgreSQL.
pub(super) struct Route {
    process: i32,
    is_pooled: bool,
    /// Something stands in between: PostgreSQL sees another port than ours.
    pub(super) is_relayed: bool,
}

impl Route {
    /// A server's cancel key has the number of its own process, while a pooler makes one up.
    pub(super) async fn look(signed_in: &SignedIn) -> Result<Self, Failure> {
        let row = signed_in.client.query_typed_one(ROUTE, &[]).await;
        let read = row.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        let (process, port): (i32, Option<i32>) = read.map_err(failed)?;
        Ok(Self {
            process,
            is_pooled: signed_in.key_process != Some(process),
            is_relayed: port != signed_in.local_port.map(i32::from),
        })
    }

    pub(super) fn pooler(&self) -> Option<Pooler> {
        let process = self.process;
        self.is_pooled.then_some(Pooler { process })
    }
}

/// Refuses pgpool-II, which may send a query elsewhere than the settings that limit it, and whose cancel keys can be those
/// of the servers. Returns whether the connection has survived the question: for a server it is an error, which some are
/// set to end a connection for.
pub(super) async fn refuse_pgpool(client: &Client) -> Result<bool, Failure> {
    let Err(error) = client.simple_query(PGPOOL_VERSION).await else {
        return Err(Failure::pgpool());
    };
    match error.as_db_error() {
        Some(answer) => Ok(answer.parsed_severity() == Some(Severity::Error)),
        None => Err(failed(error)),
    }
}

impl Pooler {
    /// Asks outside of a transaction, twice: a pooler that goes round may have come back to the first by now.
    pub(in crate::run) async fn pooling(self, client: &Client) -> Result<Pooling, Error> {
        let (now, next) = (process(client).await?, process(client).await?);
        Ok(match now == self.process && next == now {
            true => Pooling::Unknown,
            false => Pooling::Transaction,
        })
    }
}

async fn process(client: &Client) -> Result<i32, Error> {
    client.query_typed_one(PROCESS, &[]).await?.try_get(0)
}

fn failed(error: Error) -> Failure {
    Failure::from_connect_error(&error)
}
