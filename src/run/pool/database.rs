//! The connections to one database: bounded, with a bounded queue.

use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, PoolError, TimeoutType, Timeouts};
use tokio::time::timeout;

use super::connection::{OPENING_MAX, Opener};
use super::lease::Lease;
use super::queue::{Queue, Ticket, Turn};
use super::session::Session;
use crate::postgres::ConnectionUrl;
use crate::run::{Failure, Identity, Limits, Report, Wait};

/// For a look at the database, with everything that it waits for: a list of databases never hangs because one is down.
const EXAMINATION_MAX: Duration = Duration::from_secs(6);
/// Of that, for the connection that others may use.
const EXAMINATION_WAIT: Duration = Duration::from_secs(3);
/// How long a question beside the runs may wait for the one connection that serves them.
const ASIDE_WAIT: Duration = Duration::from_secs(5);
/// The same for what tells of a run while it goes on: it is asked again soon.
const PROGRESS_WAIT: Duration = Duration::from_secs(1);
/// Connections unused for so long are closed: production databases count them.
const IDLE_MAX: Duration = Duration::from_secs(300);

pub(in crate::run) struct Database {
    url: ConnectionUrl,
    /// For runs.
    pool: managed::Pool<Opener>,
    /// One connection for progress and schema, so that they never wait behind runs.
    aside: managed::Pool<Opener>,
    /// Of the runs before the pool, which never has to make one wait.
    queue: Arc<Queue>,
}

impl Database {
    pub(in crate::run) fn new(
        url: ConnectionUrl,
        limits: &Limits,
        own_store: Identity,
    ) -> Result<Self, Failure> {
        let opener = Opener::new(&url, own_store)?;
        Ok(Self {
            url,
            pool: pool(&opener, limits.connections),
            aside: pool(&opener, 1),
            queue: Arc::new(Queue::new(limits.connections, limits.queue_max)),
        })
    }

    pub(in crate::run) fn has_url(&self, url: &ConnectionUrl) -> bool {
        self.url.expose() == url.expose()
    }

    /// A place for a run, taken at once.
    pub(in crate::run) fn enter(&self) -> Result<Ticket, Failure> {
        self.queue.enter()
    }

    /// A connection for the run whose turn it is.
    pub(in crate::run) async fn session(&self, turn: Turn) -> Result<Session, Failure> {
        let connection = take(&self.pool, OPENING_MAX).await?;
        Ok(Session::new(connection, Some(turn)))
    }

    /// The connection that serves questions beside the runs.
    pub(in crate::run) async fn aside(&self) -> Result<Session, Failure> {
        self.aside_within(ASIDE_WAIT).await
    }

    /// Looks at the database over the connection beside the runs; opens one only where there is none.
    pub(in crate::run) async fn examine(&self) -> Result<Report, Failure> {
        let look = async {
            let mut session = self.aside_within(EXAMINATION_WAIT).await?;
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
        let mut session = self.aside_within(PROGRESS_WAIT).await?;
        let wait = session.wait_of(process).await;
        session.close().await;
        wait
    }

    async fn aside_within(&self, wait_max: Duration) -> Result<Session, Failure> {
        let taken = take(&self.aside, wait_max).await;
        // Whoever is before us is still trying to open it.
        let is_opening = self.aside.status().size == 0;
        match taken {
            Err(Failure::QueueFull) if is_opening => Err(Failure::no_answer(wait_max)),
            taken => Ok(Session::new(taken?, None)),
        }
    }

    pub(in crate::run) fn release_idle(&self) {
        for pool in [&self.pool, &self.aside] {
            pool.retain(|_, metrics| metrics.last_used() < IDLE_MAX);
        }
    }
}

fn pool(opener: &Opener, connections: usize) -> managed::Pool<Opener> {
    managed::Pool::builder(opener.clone())
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime may have timeouts")
}

async fn take(pool: &managed::Pool<Opener>, wait_max: Duration) -> Result<Lease, Failure> {
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
