//! Makes a session pristine for the next visitor.

use tokio_postgres::{Client, Error, Statement};

use crate::run::error::failure::is_cancellation;

/// Undoes what a statement can leave behind beside its transaction. Never `DISCARD ALL` or `DEALLOCATE ALL`: they break
/// the prepared statements of the client library.
const RESET: &str = "rollback; close all; unlisten *; reset all; discard temp; discard sequences";

/// The rest of it; and whether there are other prepared statements than the client library's, or fewer of those: only
/// closing the connection mends that.
const UNLOCK_AND_COUNT: &str = "
    select pg_catalog.pg_advisory_unlock_all(),
        pg_catalog.setseed(pg_catalog.hashtextextended(pg_catalog.gen_random_uuid()::pg_catalog.text, 0)
                           operator(pg_catalog./) 9223372036854775808.0),
        pg_catalog.count(*) filter (where from_sql) as others,
        pg_catalog.count(*) filter (where not from_sql) as own
    from pg_catalog.pg_prepared_statements";

/// How many the client library has: ours, and those for the names of types that it did not know.
const COUNT_OWN: &str =
    "select pg_catalog.count(*) as own from pg_catalog.pg_prepared_statements where not from_sql";

/// What a connection needs for it, prepared once: parsing and planning it each time costs the database more than a
/// small query does.
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

    /// How many prepared statements the client library has.
    pub(in crate::run) async fn count_own(&self, client: &Client) -> Result<i64, Error> {
        client.query_one(&self.count_own, &[]).await?.try_get("own")
    }

    /// Whether the session is pristine now, with at least so many statements of the client library.
    ///
    /// Also for a connection that will be closed: PostgreSQL notices that only after the answer was sent. A cancel request
    /// that comes late may strike here instead of the visitor's statement.
    pub(in crate::run) async fn apply(&self, client: &Client, own_before: i64) -> bool {
        loop {
            // Both messages leave together: one round trip.
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
