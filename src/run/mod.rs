//! One SQL text on one database: read-only, bounded, cancellable. Knows nothing of HTTP or of our own store.
//!
//! [`Runner::start`] gives a [`Running`]: its rows can be followed while they arrive, its summary awaited, its progress
//! looked at, and dropping it cancels the query in PostgreSQL.

mod columns;
pub mod error;
mod execution;
pub mod handle;
pub mod own_store;
pub mod pool;
mod report;
pub mod role;
pub mod schema;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::postgres::ConnectionUrl;
use crate::result::{Column, Memory};
pub use error::failure::Failure;
pub use error::position::Mark;
use execution::{Entry, Execution};
pub use handle::observer::Observer;
pub use handle::progress::{Progress, Step};
pub use handle::running::Running;
use handle::stage::Stage;
pub use handle::wait::Wait;
use handle::watching::Watchers;
pub use handle::watching::Watching;
pub use own_store::Identity;
use pool::connection::Opener;
use pool::database::Database;
pub use report::Report;
pub use role::Warning;
use role::{CreatedRole, CreationFailure, RoleName};
use schema::{Schema, SchemaSearch};

/// What bounds every run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the whole run, from the moment it has a connection.
    pub timeout: Duration,
    pub rows_max: u64,
    /// Of values, as text.
    pub bytes_max: u64,
    /// Connections to each database.
    pub connections: usize,
    /// Runs that may wait for a connection to one database.
    pub queue_max: usize,
}

/// The database that a run queries.
#[derive(Clone, Debug)]
pub struct Target {
    /// Runs with the same id and URL share a pool.
    pub id: i64,
    pub url: ConnectionUrl,
}

impl Target {
    /// Whether both are the same database, reached in the same way.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.url.expose() == other.url.expose()
    }
}

/// The text that a run sends.
#[derive(Clone, Debug)]
pub struct Query {
    /// What a DBA sees in `pg_stat_activity`, such as `dataclips clip 17 version 3`.
    pub application_name: String,
    pub sql: String,
}

/// Starts runs, and holds the connections to all databases that are queried.
pub struct Runner {
    limits: Limits,
    memory: Memory,
    own_store: Identity,
    databases: Mutex<HashMap<i64, Arc<Database>>>,
    stopping: CancellationToken,
}

impl Runner {
    pub fn new(limits: Limits, memory: Memory, own_store: Identity) -> Self {
        Self {
            limits,
            memory,
            own_store,
            databases: Mutex::default(),
            stopping: CancellationToken::new(),
        }
    }

    /// Starts a run. It goes on by itself until it ends or the [`Running`] is dropped.
    pub fn start(&self, target: &Target, query: Query) -> Running {
        let entry = self.enter(target);
        let place = entry.as_ref().ok().and_then(|entry| entry.ticket.place());
        let (sender, stage) = watch::channel(place.map_or(Stage::Connecting, Stage::Queued));
        let execution = Execution {
            query,
            limits: self.limits,
            memory: self.memory.clone(),
            stop: self.stopping.child_token(),
            watchers: Watchers::default(),
        };
        let observer = Observer::new(self.limits.timeout, stage, execution.watchers.clone());
        let running = Running::new(observer, execution.stop.clone());
        tokio::spawn(execution.drive(entry, sender));
        running
    }

    /// Whether the text would run: what it returns, or why PostgreSQL refuses it. Does not run it.
    pub async fn prepare(&self, target: &Target, sql: &str) -> Result<Vec<Column>, Failure> {
        let mut session = self.database(target)?.aside().await?;
        let columns = session.prepare_only(sql).await;
        session.close().await;
        columns
    }

    /// Connects once, as for a run, and says what is found: for a URL that somebody enters.
    pub async fn inspect(&self, url: &ConnectionUrl) -> Result<Report, Failure> {
        Opener::new(url, self.own_store.clone())?.inspect().await
    }

    /// Says how a known database is now, within seconds: for a list of many. The connection beside the runs serves
    /// again and again, so that a list opens none where there is one.
    ///
    /// [`Failure::Unavailable`] is a database that is down, says nothing in time, or does not sign us in (SQLSTATE 28P01
    /// or 28000); [`Failure::Refused`] a role that became too powerful, or a server that is too old;
    /// [`Failure::OwnStore`] our own store; [`Failure::QueueFull`] that the connection is open, but others keep it busy.
    pub async fn examine(&self, target: &Target) -> Result<Report, Failure> {
        self.database(target)?.examine().await
    }

    /// What the role may read of the database's catalogue, over the connection beside the runs. Once it is being read it
    /// is read to its end, within seconds, so that the connection serves again although whoever asked left.
    pub async fn schema(&self, target: &Target, search: SchemaSearch) -> Result<Schema, Failure> {
        let mut session = self.database(target)?.aside().await?;
        let reading = tokio::spawn(async move {
            let schema = session.schema(&search).await;
            session.close().await;
            schema
        });
        finished(reading).await
    }

    /// Creates a role that can only read, by the rights of the URL's own role, and inspects the database with it. Without a
    /// name it gets a free one like `dataclips_shop`.
    ///
    /// The URL is used this once and kept nowhere. The new role stays only if [`CreatedRole::keep`] is called, which is to
    /// be done once its own URL is stored. Goes on to the end if the caller leaves, and then removes what it created.
    pub async fn create_role(
        &self,
        url: &ConnectionUrl,
        name: Option<RoleName>,
    ) -> Result<CreatedRole, CreationFailure> {
        let opener = Opener::new(url, self.own_store.clone())?;
        let new = role::NewRole {
            url: url.clone(),
            name,
            // One more serves the schema, and one is for a person.
            connections: role::CONNECTION_LIMIT.max(self.limits.connections + 2),
        };
        finished(tokio::spawn(async move { new.create(&opener).await })).await
    }

    /// Closes connections that were not used for minutes.
    pub fn release_idle(&self) {
        let databases = self
            .databases
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        databases
            .values()
            .for_each(|database| database.release_idle());
    }

    /// Cancels every run; those who wait get [`Failure::Cancelled`]. No run starts any more.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    fn enter(&self, target: &Target) -> Result<Entry, Failure> {
        let database = self.database(target)?;
        let ticket = database.enter()?;
        Ok(Entry { database, ticket })
    }

    fn database(&self, target: &Target) -> Result<Arc<Database>, Failure> {
        let mut databases = self
            .databases
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = databases.get(&target.id)
            && database.has_url(&target.url)
        {
            return Ok(database.clone());
        }
        let database = Arc::new(Database::new(
            target.url.clone(),
            &self.limits,
            self.own_store.clone(),
        )?);
        databases.insert(target.id, database.clone());
        Ok(database)
    }
}

/// What a task came to that goes on if the caller leaves. Only the end of the program cancels one.
async fn finished<T, E: From<Failure>>(task: JoinHandle<Result<T, E>>) -> Result<T, E> {
    match task.await {
        Ok(outcome) => outcome,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Failure::Cancelled.into()),
        },
    }
}
