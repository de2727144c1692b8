//! Whether a database can hold the store: one that accepts changes, and sessions that are ours.

use tokio_postgres::{Client, Error};

const PROCESS: &str = "select pg_catalog.pg_backend_pid()";
const IS_READ_ONLY: &str =
    "select pg_catalog.current_setting('transaction_read_only') operator(pg_catalog.=) 'on'";

/// Why it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error(
        "The store's database accepts no changes: it is a standby, or set to be read-only. DATABASE_URL has to lead to the primary."
    )]
    ReadOnly,
    #[error(
        "The store is behind a pooler in transaction mode, which mixes the sessions of its clients. DATABASE_URL has to lead to \
         PostgreSQL itself, or to a pooler in session mode."
    )]
    TransactionPooler,
}

/// Looks at two connections that are open and idle. A pooler in transaction mode gives one that asks the server that the
/// other has just released, or another server each time.
pub async fn find_reason(first: &Client, second: &Client) -> Result<Option<Unfit>, Error> {
    if first.query_typed_one(IS_READ_ONLY, &[]).await?.try_get(0)? {
        return Ok(Some(Unfit::ReadOnly));
    }
    let before = process(first).await?;
    let other = process(second).await?;
    let after = process(first).await?;
    let is_ours = before == after && before != other;
    Ok((!is_ours).then_some(Unfit::TransactionPooler))
}

async fn process(client: &Client) -> Result<i32, Error> {
    client.query_typed_one(PROCESS, &[]).await?.try_get(0)
}
