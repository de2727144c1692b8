//! Asks the other servers to give back connections to a database that they do not use, where PostgreSQL allows no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::broadcast;

/// Requests that nobody has passed on yet. A run that still waits asks again.
const REQUESTS_MAX: usize = 16;

/// The servers among which the connections to each database are divided.
#[derive(Clone)]
pub(in crate::run) struct Sharing {
    servers: Arc<AtomicUsize>,
    requests: broadcast::Sender<i64>,
}

/// The same, for one database.
#[derive(Clone)]
pub(in crate::run) struct Room {
    sharing: Sharing,
    database: i64,
}

impl Sharing {
    /// This server is alone.
    pub(in crate::run) fn new() -> Self {
        Self {
            servers: Arc::new(AtomicUsize::new(1)),
            requests: broadcast::Sender::new(REQUESTS_MAX),
        }
    }

    pub(in crate::run) fn among(&self, servers: usize) {
        self.servers.store(servers.max(1), Ordering::Relaxed);
    }

    /// This server's share of so many connections.
    pub(in crate::run) fn share(&self, connections: usize) -> usize {
        (connections / self.servers.load(Ordering::Relaxed)).max(1)
    }

    /// Ids of databases for which other servers are asked for room.
    pub(in crate::run) fn requests(&self) -> broadcast::Receiver<i64> {
        self.requests.subscribe()
    }

    pub(in crate::run) fn room(&self, database: i64) -> Room {
        let sharing = self.clone();
        Room { sharing, database }
    }
}

impl Room {
    /// Returns whether there is another server to ask.
    pub(super) fn ask(&self) -> bool {
        let is_shared = self.sharing.servers.load(Ordering::Relaxed) > 1;
        // Nobody may pass it on.
        is_shared && self.sharing.requests.send(self.database).is_ok()
    }
}
