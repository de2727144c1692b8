//! When cached reads and responses expire: after half a second, and at any change.
//!
//! A change through this server, such as one of permissions, ends all reuse as soon as its request has ended; a change by a
//! command or another server as soon as the store tells it. While the store is not heard, nothing is reused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::servers::Servers;

/// How long a cached read may be reused. A cached response may contain a cached read: that makes a second in all.
const REUSED_FOR: Duration = Duration::from_millis(500);

/// Counts the requests that may have changed something: whatever was read in an earlier generation has expired.
pub struct Generation {
    own: AtomicU64,
    servers: Arc<Servers>,
}

/// A moment just before something is read.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Instant,
    own: u64,
    /// What was heard from the store by then; `None` where it was not heard.
    heard: Option<u64>,
}

/// A request that may change something. When it is dropped, a new generation begins.
pub struct Change<'a>(&'a Generation);

impl Generation {
    pub fn new(servers: Arc<Servers>) -> Self {
        let own = AtomicU64::new(0);
        Self { own, servers }
    }

    pub fn change(&self) -> Change<'_> {
        Change(self)
    }

    pub fn now(&self) -> Moment {
        Moment {
            at: Instant::now(),
            own: self.own.load(Ordering::SeqCst),
            heard: self.servers.changes(),
        }
    }

    /// The age of what was read after this moment; `None` where it has expired.
    pub fn age(&self, moment: Moment) -> Option<Duration> {
        let now = self.now();
        let age = now.at.duration_since(moment.at);
        let is_unchanged =
            moment.own == now.own && moment.heard == now.heard && now.heard.is_some();
        (is_unchanged && age < REUSED_FOR).then_some(age)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.own.fetch_add(1, Ordering::SeqCst);
    }
}
