//! Whether a database can hold the store: one that accepts changes, and sessions that are ours.

use tokio_postgres::Client;

use crate::error::Error;

const PROCESS: &str = "select pg_catalog.pg_backend_pid()";
const IS_READ_ONLY: &str =
    "select pg_catalog.current_setting('transaction_read_only') operator(pg_catalog.=) 'on'";

/// Looks at two connections that are open and idle. A pooler in transaction mode gives one that asks the server that the
/// other has just released, or another server each time.
pub async fn refuse_unfit(first: &Client, second: &Client) -> Result<(), Error> {
    if first.query_typed_one(IS_READ_ONLY, &[]).await?.try_get(0)? {
        return Err(Error::StoreReadOnly);
    }
    let before = process(first).await?;
    let other = process(second).await?;
    let after = process(first).await?;
    match before == after && before != other {
        true => Ok(()),
        false => Err(Error::StorePooled),
    }
}

async fn process(client: &Client) -> Result<i32, Error> {
    Ok(client.query_typed_one(PROCESS, &[]).await?.try_get(0)?)
}
