//! What a server says of its place in the write-ahead log.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::{Client, Error, Row};

use crate::result::Position;

/// A primary says up to where it has written, a follower up to where it has replayed. The place of the next record is asked for
/// only because runs ask for it, so that a missing privilege shows here and fails no run.
const QUESTION: &str = "
    select recovers,
        case when recovers then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text,
        case when not recovers then pg_current_wal_insert_lsn() end::text,
        case when recovers then pg_last_xact_replay_timestamp() end,
        clock_timestamp(),
        case when recovers then pg_is_wal_replay_paused() else false end,
        has_function_privilege('pg_control_system()', 'execute')
    from pg_is_in_recovery() as recovers";
const IDENTITY: &str = "select system_identifier from pg_control_system()";

/// What a run asks in its own transaction, whose snapshot this takes: up to where the log may have what it shows. The first column
/// is whether the server is a follower.
pub(in crate::run) const IN_RUN: &str = "
    select pg_catalog.pg_is_in_recovery(),
        case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
             else pg_catalog.pg_current_wal_insert_lsn() end::pg_catalog.text";

#[derive(Clone, Debug)]
pub(in crate::run) struct Standing {
    pub(super) is_follower: bool,
    /// Up to where a primary has written, or a follower has replayed.
    pub(super) position: Option<Position>,
    /// When the primary committed what a follower replayed last, by the primary's clock.
    pub(super) replayed_at: Option<Timestamp>,
    /// By the server's own clock.
    pub(super) now: Timestamp,
    pub(super) is_paused: bool,
    /// Shared by a cluster and its followers; `None` if the role may not know it.
    pub(super) system_identifier: Option<i64>,
}

impl Standing {
    /// In the transaction that the caller has opened, with `pg_catalog` as its search path.
    pub(in crate::run) async fn read(client: &Client) -> Result<Self, Error> {
        let row = client.query_typed_one(QUESTION, &[]).await?;
        let system_identifier = match row.try_get(6)? {
            true => {
                let row = client.query_typed_one(IDENTITY, &[]).await?;
                row.try_get(0)?
            }
            false => None,
        };
        Self::from_row(&row, system_identifier)
    }

    fn from_row(row: &Row, system_identifier: Option<i64>) -> Result<Self, Error> {
        let position: Option<&str> = row.try_get(1)?;
        Ok(Self {
            is_follower: row.try_get(0)?,
            position: position.and_then(Position::parse),
            replayed_at: row.try_get(3)?,
            now: row.try_get(4)?,
            is_paused: row.try_get(5)?,
            system_identifier,
        })
    }

    /// Whether this is known to be a follower of another cluster.
    pub(super) fn is_of_another(&self, primary: &Self) -> bool {
        let both = self.system_identifier.zip(primary.system_identifier);
        both.is_some_and(|(own, its)| own != its)
    }

    /// How long ago the primary committed what a follower replayed last.
    pub(super) fn since_replayed(&self, primary: &Self) -> Option<Duration> {
        let since = primary.now.duration_since(self.replayed_at?);
        Some(since.try_into().unwrap_or_default())
    }
}
