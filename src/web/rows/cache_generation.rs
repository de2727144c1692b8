//! When cached reads and responses expire: after half a second, and at any change.
//!
//! A change through this server, such as one of permissions, ends all reuse as soon as its request has ended; a change by a
//! command or another server is seen within a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a cached read may be reused. A cached response may contain a cached read: that makes a second in all.
const REUSED_FOR: Duration = Duration::from_millis(500);

/// Counts the requests that may have changed something: whatever was read in an earlier generation has expired.
#[derive(Debug, Default)]
pub struct Generation(AtomicU64);

/// A moment just before something is read.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: Instant,
    generation: u64,
}

/// A request that may change something. When it is dropped, a new generation begins.
pub struct Change<'a>(&'a Generation);

impl Generation {
    pub fn change(&self) -> Change<'_> {
        Change(self)
    }

    pub fn now(&self) -> Moment {
        Moment {
            at: Instant::now(),
            generation: self.0.load(Ordering::SeqCst),
        }
    }

    /// The age of what was read after this moment; `None` where it has expired.
    pub fn age(&self, moment: Moment) -> Option<Duration> {
        let age = moment.at.elapsed();
        let is_unchanged = moment.generation == self.0.load(Ordering::SeqCst);
        (is_unchanged && age < REUSED_FOR).then_some(age)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
