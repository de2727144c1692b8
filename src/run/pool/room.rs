//! Asks the other servers to give back unused connections to a database that allows no more.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::time::Instant;

/// Requests that nobody has passed on yet. A run that still waits asks again.
const REQUESTS_MAX: usize = 16;

/// How long a server that is no longer heard may still hold its connections.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The servers among which the connections to each database are divided.
#[derive(Clone)]
pub(in crate::run) struct Sharing {
    servers: Arc<AtomicUsize>,
    /// When another server was last known, if none is now.
    alone_since: Arc<Mutex<Option<Instant>>>,
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
            alone_since: Arc::default(),
            requests: broadcast::Sender::new(REQUESTS_MAX),
        }
    }

    pub(in crate::run) fn among(&self, servers: usize) {
        let before = self.servers.swap(servers.max(1), Ordering::Relaxed);
        if before > 1 && servers <= 1 {
            let mut since = self
                .alone_since
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *since = Some(Instant::now());
        }
    }

    /// Whether other servers may hold connections.
    fn is_shared(&self) -> bool {
        let since = self
            .alone_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.servers.load(Ordering::Relaxed) > 1
            || since.is_some_and(|since| since.elapsed() < SILENCE_MAX)
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
        // Nobody may pass it on.
        self.sharing.is_shared() && self.sharing.requests.send(self.database).is_ok()
    }
}
