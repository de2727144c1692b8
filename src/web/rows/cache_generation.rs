//! When cached reads and responses expire: at any change, and after two seconds.
//!
//! A change through this server, such as one of permissions, ends all reuse as soon as its request has ended; a change by a
//! command or another server as soon as the store tells it. Whatever is reused must have been the store's state within the
//! last half second: either it was read then, or the store has responded since, and told of no change before. While the
//! store is not heard, nothing is reused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::servers::Servers;

/// How long a cached read may be reused, so that what ends with time and not by a change, such as a link, ends soon after.
/// A cached response may contain a cached read: that makes twice as long in all.
const REUSED_FOR: Duration = Duration::from_secs(2);
/// How long a change at another server, or by a command, may take to be in effect here.
const UNHEARD_MAX: Duration = Duration::from_millis(500);
/// The store is asked again after so long, in the background, so that no request waits for it.
const HEARD_AGAIN_AFTER: Duration = Duration::from_millis(250);

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
        // Before the changes until then are counted.
        let heard_until = self.servers.heard_until();
        let now = self.now();
        let is_unchanged =
            moment.own == now.own && moment.heard == now.heard && now.heard.is_some();
        if !is_unchanged {
            return None;
        }
        let known_at = heard_until.map_or(moment.at, |heard| heard.max(moment.at));
        let unheard = now.at.duration_since(known_at);
        if unheard > HEARD_AGAIN_AFTER {
            self.servers.catch_up();
        }
        let age = now.at.duration_since(moment.at);
        (unheard < UNHEARD_MAX && age < REUSED_FOR).then_some(age)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.own.fetch_add(1, Ordering::SeqCst);
    }
}
