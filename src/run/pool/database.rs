//! The connections to one database: limited in number, with a limited queue.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed;

use super::connection::{OPENING_MAX, Opener};
use super::lease::{Lease, pool};
use super::queue::{Queue, Ticket, Turn};
use super::run_connection::RunOpener;
use super::run_session::RunSession;
use super::side::Side;
use crate::postgres::ConnectionUrl;
use crate::run::{Failure, Identity, Limits};

/// Connections unused for this long are closed: production databases limit their number.
const IDLE_MAX: Duration = Duration::from_secs(300);

pub(in crate::run) struct Database {
    url: ConnectionUrl,
    /// For runs.
    pool: managed::Pool<RunOpener>,
    side: Arc<Side>,
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
        Ok(Self {
            url,
            pool: pool(RunOpener::new(opener.clone()), limits.connections),
            side: Arc::new(Side::new(opener)),
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
        let connection = Lease::take_from(&self.pool, OPENING_MAX).await?;
        Ok(RunSession::new(connection, turn))
    }

    pub(in crate::run) fn side(&self) -> &Arc<Side> {
        &self.side
    }

    pub(in crate::run) fn release_idle(&self) {
        self.pool
            .retain(|_, metrics| metrics.last_used() < IDLE_MAX);
        self.side.release_idle(IDLE_MAX);
    }
}
