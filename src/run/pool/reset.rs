//! Resets a session to a clean state for its next use.

use tokio_postgres::{Client, Error, Statement};

use crate::run::error::failure::is_cancellation;

/// Undoes what a statement can leave behind outside its transaction. Never `DISCARD ALL` or `DEALLOCATE ALL`: they
/// break the client library's prepared statements.
const RESET: &str = "rollback; close all; unlisten *; reset all; discard temp; discard sequences";

/// Resets the rest, and counts prepared statements: if there are any that are not the client library's, or fewer of its
/// own than before, only closing the connection helps.
const UNLOCK_AND_COUNT: &str = "
    select pg_catalog.pg_advisory_unlock_all(),
        pg_catalog.setseed(pg_catalog.hashtextextended(pg_catalog.gen_random_uuid()::pg_catalog.text, 0)
                           operator(pg_catalog./) 9223372036854775808.0),
        pg_catalog.count(*) filter (where from_sql) as others,
        pg_catalog.count(*) filter (where not from_sql) as own
    from pg_catalog.pg_prepared_statements";

/// The client library's prepared statements: ours, and those for looking up types that it did not know.
const COUNT_OWN: &str =
    "select pg_catalog.count(*) as own from pg_catalog.pg_prepared_statements where not from_sql";

/// The statements for a reset, prepared once: parsing and planning them each time costs the database more than a small
/// query.
pub(in crate::run) struct Reset {
    unlock_and_count: Statement,
    count_own: Statement,
}

impl Reset {
    pub(in crate::run) async fn prepare(client: &Client) -> Result<Self, Error> {
        let (unlock_and_count, count_own) =
            tokio::try_join!(client.prepare(UNLOCK_AND_COUNT), client.prepare(COUNT_OWN))?;
        Ok(Self {
            unlock_and_count,
            count_own,
        })
    }

    /// The number of the client library's prepared statements.
    pub(in crate::run) async fn count_own(&self, client: &Client) -> Result<i64, Error> {
        client.query_one(&self.count_own, &[]).await?.try_get("own")
    }

    /// Returns whether the session is clean now, with no fewer of the client library's statements than before.
    ///
    /// Needed even for a connection that will be closed, because PostgreSQL notices that only later. A late cancel
    /// request may hit this instead of the visitor's statement; then it is repeated.
    pub(in crate::run) async fn apply(&self, client: &Client, own_before: i64) -> bool {
        loop {
            // Both messages are sent together: one round trip.
            let (reset, counted) = tokio::join!(
                client.batch_execute(RESET),
                client.query_one(&self.unlock_and_count, &[])
            );
            match reset.and(counted) {
                Ok(counted) => {
                    let count = |name| counted.try_get::<_, i64>(name).ok();
                    return count("others") == Some(0) && count("own") >= Some(own_before);
                }
                Err(error) if is_cancellation(&error) => {}
                Err(_) => return false,
            }
        }
    }
}
