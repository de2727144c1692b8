//! The connections to one database: limited in number, with a limited queue.

use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, PoolError, TimeoutType, Timeouts};
use tokio::time::timeout;

use super::connection::{OPENING_MAX, Opener};
use super::lease::Lease;
use super::process::Process;
use super::queue::{Queue, Ticket, Turn};
use super::run_connection::RunOpener;
use super::run_session::RunSession;
use super::side_session::SideSession;
use crate::postgres::ConnectionUrl;
use crate::run::error::near_names::RelationName;
use crate::run::wire::Types;
use crate::run::{Failure, Identity, Limits, Report, Wait};

/// For inspecting a database, including all waiting: a list of databases never hangs because one is down.
const EXAMINATION_MAX: Duration = Duration::from_secs(6);
/// The part of that for getting the side connection, which others may be using.
const EXAMINATION_WAIT: Duration = Duration::from_secs(3);
/// How long to wait for the side connection.
const SIDE_WAIT: Duration = Duration::from_secs(5);
/// The same for the progress of a run, which is queried again soon.
const PROGRESS_WAIT: Duration = Duration::from_secs(1);
/// Connections unused for this long are closed: production databases limit their number.
const IDLE_MAX: Duration = Duration::from_secs(300);

pub(in crate::run) struct Database {
    url: ConnectionUrl,
    /// For runs.
    pool: managed::Pool<RunOpener>,
    types: Arc<Types>,
    /// One side connection for progress and schema, so that they never wait behind runs.
    side_pool: managed::Pool<Opener>,
    /// Queues runs in front of the pool, which therefore never makes them wait.
    queue: Arc<Queue>,
}

impl Database {
    pub(in crate::run) fn new(
        url: ConnectionUrl,
        limits: &Limits,
        own_store: Identity,
    ) -> Result<Self, Failure> {
        let opener = Opener::new(&url, own_store)?;
        let types = Arc::<Types>::default();
        Ok(Self {
            url,
            pool: pool(
                RunOpener::new(opener.clone(), types.clone()),
                limits.connections,
            ),
            types,
            side_pool: pool(opener, 1),
            queue: Arc::new(Queue::new(limits.connections, limits.queue_max)),
        })
    }

    pub(in crate::run) fn has_url(&self, url: &ConnectionUrl) -> bool {
        self.url.expose() == url.expose()
    }

    /// Takes a place for a run immediately.
    pub(in crate::run) fn enter(&self) -> Result<Ticket, Failure> {
        self.queue.enter()
    }

    /// A connection for the run whose turn it is.
    pub(in crate::run) async fn session(&self, turn: Turn) -> Result<RunSession, Failure> {
        let connection = take(&self.pool, OPENING_MAX).await?;
        Ok(RunSession::new(connection, self.types.clone(), turn))
    }

    /// The side connection.
    pub(in crate::run) async fn side_session(&self) -> Result<SideSession, Failure> {
        self.side_session_within(SIDE_WAIT).await
    }

    /// Inspects the database over the side connection; opens it only if there is none.
    pub(in crate::run) async fn examine(&self) -> Result<Report, Failure> {
        let look = async {
            let mut session = self.side_session_within(EXAMINATION_WAIT).await?;
            let report = session.examine().await;
            session.close().await;
            report
        };
        timeout(EXAMINATION_MAX, look)
            .await
            .unwrap_or_else(|_| Err(Failure::no_answer(EXAMINATION_MAX)))
    }

    /// What a run on this database waits for, by its process id.
    pub(in crate::run) async fn wait_of(&self, process: i32) -> Result<Option<Wait>, Failure> {
        let mut session = self.side_session_within(PROGRESS_WAIT).await?;
        let wait = session.wait_of(process).await;
        session.close().await;
        wait
    }

    /// Whether a run's process has ended; if not, asks PostgreSQL to terminate it.
    pub(in crate::run) async fn terminate(&self, process: &Process) -> Result<bool, Failure> {
        let mut session = self.side_session().await?;
        let has_ended = session.terminate(process).await;
        session.close().await;
        has_ended
    }

    /// Names of relations that may have been meant; none if the side connection is busy.
    pub(in crate::run) async fn near(&self, name: &RelationName) -> Vec<String> {
        let Ok(mut session) = self.side_session_within(PROGRESS_WAIT).await else {
            return Vec::new();
        };
        let names = session.near(name).await;
        session.close().await;
        names
    }

    async fn side_session_within(&self, wait_max: Duration) -> Result<SideSession, Failure> {
        let taken = take(&self.side_pool, wait_max).await;
        // The caller before us is still trying to open it.
        let is_opening = self.side_pool.status().size == 0;
        match taken {
            Err(Failure::QueueFull) if is_opening => Err(Failure::no_answer(wait_max)),
            taken => Ok(SideSession::new(taken?)),
        }
    }

    pub(in crate::run) fn release_idle(&self) {
        self.pool
            .retain(|_, metrics| metrics.last_used() < IDLE_MAX);
        self.side_pool
            .retain(|_, metrics| metrics.last_used() < IDLE_MAX);
    }
}

fn pool<M: managed::Manager>(opener: M, connections: usize) -> managed::Pool<M> {
    managed::Pool::builder(opener)
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime may have timeouts")
}

async fn take<M: managed::Manager<Error = Failure>>(
    pool: &managed::Pool<M>,
    wait_max: Duration,
) -> Result<Lease<M>, Failure> {
    let timeouts = Timeouts {
        wait: Some(wait_max),
        create: Some(OPENING_MAX),
        recycle: None,
    };
    match pool.timeout_get(&timeouts).await {
        Ok(connection) => Ok(Lease::new(connection)),
        Err(PoolError::Backend(failure)) => Err(failure),
        Err(PoolError::Timeout(TimeoutType::Wait)) => Err(Failure::QueueFull),
        Err(PoolError::Timeout(_)) => Err(Failure::no_answer(OPENING_MAX)),
        Err(error) => Err(Failure::unreachable(error.to_string())),
    }
}
