//! Recognises a pooler between us and PostgreSQL, which shares its connections among clients.

use tokio_postgres::{Client, Error};

use crate::run::Failure;

const PROCESS: &str = "select pg_catalog.pg_backend_pid()";
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

impl Pooler {
    /// `None` for a server: the process in its cancel key is its own, while a pooler makes one up. Asks outside of a
    /// transaction.
    pub(super) async fn find(
        client: &Client,
        key_process: Option<i32>,
    ) -> Result<Option<Self>, Failure> {
        let process = process(client).await.map_err(failed)?;
        Ok((key_process != Some(process)).then_some(Self { process }))
    }

    /// Asks outside of a transaction.
    pub(in crate::run) async fn pooling(self, client: &Client) -> Result<Pooling, Error> {
        Ok(match process(client).await? == self.process {
            true => Pooling::Unknown,
            false => Pooling::Transaction,
        })
    }
}

/// Refuses pgpool-II, which may send a query elsewhere than the settings that limit it. Its cancel keys can be those of
/// the servers. A server writes an error to its log for this, so ask once.
pub(super) async fn refuse_pgpool(client: &Client) -> Result<(), Failure> {
    match client.simple_query(PGPOOL_VERSION).await {
        Ok(_) => Err(Failure::pgpool()),
        Err(error) if error.as_db_error().is_some() => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

async fn process(client: &Client) -> Result<i32, Error> {
    client.query_typed_one(PROCESS, &[]).await?.try_get(0)
}

fn failed(error: Error) -> Failure {
    Failure::from_connect_error(&error)
}
