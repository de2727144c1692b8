//! What a server says of its place in the write-ahead log.

use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::types::FromSql;
use tokio_postgres::{Client, Error};

use crate::result::Position;
use crate::run::own_store::known;

/// A primary says up to where it has written, a follower up to where it has replayed. The place of the next record is asked for
/// only because runs ask for it, so that a missing privilege shows here and fails no run.
const QUESTION: &str = "
    select recovers,
        case when recovers then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text,
        case when not recovers then pg_current_wal_insert_lsn() end::text,
        case when recovers then pg_last_xact_replay_timestamp() end,
        clock_timestamp(),
        case when recovers then pg_is_wal_replay_paused() else false end,
        has_function_privilege('pg_control_system()', 'execute'),
        case when recovers then has_function_privilege('pg_control_checkpoint()', 'execute')
                 and has_function_privilege('pg_control_recovery()', 'execute')
             else has_function_privilege('pg_walfile_name(pg_lsn)', 'execute') end,
        recovers and not pg_has_role('pg_read_all_stats', 'usage'),
        current_user::text
    from pg_is_in_recovery() as recovers";
const IDENTITY: &str = "select system_identifier from pg_control_system()";
/// A primary names its files by its timeline.
const PRIMARYS_TIMELINE: &str =
    "select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int4";
/// Members of pg_read_all_stats see at once which timeline a follower receives; other roles see it after the follower's next
/// restartpoint, at the latest.
const FOLLOWERS_TIMELINE: &str = "
    select greatest(saved.timeline_id, replayed.min_recovery_end_timeline,
        (select received_tli from pg_stat_wal_receiver))
    from pg_control_checkpoint() as saved, pg_control_recovery() as replayed";

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
    /// Of a primary, the one on which it writes; of a follower, the highest that it is known to have reached. Each promotion begins
    /// a new one. `None` if the role may not know it.
    pub(super) timeline: Option<i32>,
    /// Whether a follower's timeline may be higher already: the role cannot see which one it receives.
    pub(super) timeline_may_be_higher: bool,
    pub(super) role: String,
}

impl Standing {
    /// In the transaction that the caller has opened, with `pg_catalog` as its search path.
    pub(in crate::run) async fn read(client: &Client) -> Result<Self, Error> {
        let row = client.query_typed_one(QUESTION, &[]).await?;
        let is_follower = row.try_get(0)?;
        let timeline = match is_follower {
            true => FOLLOWERS_TIMELINE,
            false => PRIMARYS_TIMELINE,
        };
        // Sent together: one round trip.
        let (system_identifier, timeline) = tokio::join!(
            ask_if(row.try_get(6)?, client, IDENTITY),
            ask_if(row.try_get(7)?, client, timeline)
        );
        let position: Option<&str> = row.try_get(1)?;
        Ok(Self {
            is_follower,
            position: position.and_then(Position::parse),
            replayed_at: row.try_get(3)?,
            now: row.try_get(4)?,
            is_paused: row.try_get(5)?,
            system_identifier: system_identifier?,
            timeline: timeline?,
            timeline_may_be_higher: row.try_get(8)?,
            role: row.try_get(9)?,
        })
    }

    /// Whether this is known to be a follower of another cluster.
    pub(super) fn is_of_another(&self, primary: &Self) -> bool {
        let both = self.system_identifier.zip(primary.system_identifier);
        both.is_some_and(|(own, its)| own != its)
    }

    /// The timelines of a follower and of the primary, where they are known to differ.
    pub(super) fn timelines(&self, primary: &Self) -> Option<(i32, i32)> {
        let both = self.timeline.zip(primary.timeline);
        both.filter(|(own, its)| own != its)
    }

    /// How long ago the primary committed what a follower replayed last.
    pub(super) fn since_replayed(&self, primary: &Self) -> Option<Duration> {
        let since = primary.now.duration_since(self.replayed_at?);
        Some(since.try_into().unwrap_or_default())
    }
}

/// One value, if the role may know it and the service tells it.
async fn ask_if<T>(may: bool, client: &Client, sql: &str) -> Result<Option<T>, Error>
where
    T: for<'a> FromSql<'a>,
{
    match may {
        true => known(client.query_typed_opt(sql, &[]).await),
        false => Ok(None),
    }
}
