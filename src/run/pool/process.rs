//! A run's process in PostgreSQL, as seen by another connection.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

const SELF: &str = "
    select pid, pg_catalog.date_part('epoch', backend_start)
    from pg_catalog.pg_stat_activity
    where pid operator(pg_catalog.=) pg_catalog.pg_backend_pid()";

/// The search path has to be `pg_catalog`. A number is given to another process once it is free.
const ENDED: &str = "
    select not exists (
        select from pg_stat_activity where pid = $1 and date_part('epoch', backend_start) = $2
    )";
const TERMINATE: &str = "
    select pg_terminate_backend(pid)
    from pg_stat_activity where pid = $1 and date_part('epoch', backend_start) = $2";

#[derive(Clone, Debug)]
pub(in crate::run) struct Process {
    pub(in crate::run) id: i32,
    /// In seconds since 1970.
    started: f64,
}

impl Process {
    /// The process of this connection.
    pub(in crate::run) async fn read(client: &Client) -> Result<Self, Error> {
        let row = client.query_typed_one(SELF, &[]).await?;
        Ok(Self {
            id: row.try_get(0)?,
            started: row.try_get(1)?,
        })
    }

    /// Whether PostgreSQL no longer shows it.
    pub(in crate::run) async fn has_ended(&self, client: &Client) -> Result<bool, Error> {
        client
            .query_typed_one(ENDED, &self.parameters())
            .await?
            .try_get(0)
    }

    /// Asks PostgreSQL to end it, with whatever it is doing: unlike a cancellation a statement cannot catch this.
    pub(in crate::run) async fn terminate(&self, client: &Client) -> Result<(), Error> {
        client.query_typed(TERMINATE, &self.parameters()).await?;
        Ok(())
    }

    fn parameters(&self) -> [(&(dyn ToSql + Sync), Type); 2] {
        [(&self.id, Type::INT4), (&self.started, Type::FLOAT8)]
    }
}
