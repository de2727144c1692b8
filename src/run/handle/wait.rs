//! What a run's PostgreSQL process waits for, as seen by another connection.

use serde::{Deserialize, Serialize};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// Only waits that are informative: `Client`, the most common type, means that we read slowly or are between two
/// messages. The blocking processes are queried only if there is a lock, since that stops the lock manager.
const WAIT: &str = "
    select wait_event_type, wait_event,
           case when wait_event_type = 'Lock' then array(select distinct unnest(pg_blocking_pids(pid)) order by 1)
                else '{}' end
    from pg_stat_activity
    where pid = $1 and state = 'active' and wait_event_type in ('Lock', 'IO', 'IPC', 'Timeout')";

/// In PostgreSQL's own terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// `Lock`, `IO`, `IPC` or `Timeout`.
    pub event_type: String,
    /// Such as `relation` for a lock, `DataFileRead`, `PgSleep`.
    pub event: String,
    /// Process ids that hold the lock, or wait for it ahead of this run; 0 stands for a prepared transaction.
    pub blocked_by: Vec<i32>,
}

impl Wait {
    /// Queries the wait of the process with this id. The search path has to be `pg_catalog`.
    pub(in crate::run) async fn read(client: &Client, process: i32) -> Result<Option<Self>, Error> {
        let Some(row) = client
            .query_typed_opt(WAIT, &[(&process, Type::INT4)])
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            event_type: row.try_get(0)?,
            event: row.try_get(1)?,
            blocked_by: row.try_get(2)?,
        }))
    }
}
