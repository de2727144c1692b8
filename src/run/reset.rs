//! Makes a session pristine for the next visitor.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::failure::is_cancellation;

/// Undoes whatever a statement can leave behind beside its transaction, `setseed` included. Never `DISCARD ALL` or
/// `DEALLOCATE ALL`: they break the prepared statements of the client library. The last query tells whether there are others than
/// those, or fewer: only closing the connection mends that.
const RESET: &str = "
    rollback;
    select pg_catalog.pg_advisory_unlock_all();
    close all;
    unlisten *;
    reset all;
    discard temp;
    discard sequences;
    select pg_catalog.setseed(pg_catalog.hashtextextended(pg_catalog.gen_random_uuid()::pg_catalog.text, 0)
                              operator(pg_catalog./) 9223372036854775808.0);
    select pg_catalog.count(*) filter (where from_sql), pg_catalog.count(*) filter (where not from_sql)
    from pg_catalog.pg_prepared_statements";

/// How many the client library has: for the names of types that it did not know.
pub(super) const CLIENT_STATEMENTS: &str =
    "select pg_catalog.count(*) from pg_catalog.pg_prepared_statements where not from_sql";

/// The answer to [`CLIENT_STATEMENTS`].
pub(super) fn client_statements(answer: &[SimpleQueryMessage]) -> u64 {
    last_row(answer).and_then(|row| count(row, 0)).unwrap_or(0)
}

/// Whether the session is pristine now, with at least so many statements of the client library.
///
/// Also for a connection that will be closed: PostgreSQL notices that only after the answer was sent. A cancel request
/// that comes late may strike here instead of the visitor's statement.
pub(super) async fn reset(client: &Client, client_statements: u64) -> bool {
    loop {
        match client.simple_query(RESET).await {
            Ok(answer) => {
                let counts =
                    last_row(&answer).and_then(|row| Some((count(row, 0)?, count(row, 1)?)));
                return counts.is_some_and(|(others, own)| others == 0 && own >= client_statements);
            }
            Err(error) if is_cancellation(&error) => {}
            Err(_) => return false,
        }
    }
}

fn last_row(messages: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

fn count(row: &SimpleQueryRow, index: usize) -> Option<u64> {
    row.try_get(index).ok()??.parse().ok()
}
