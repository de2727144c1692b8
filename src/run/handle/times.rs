//! Where the time of a run went.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

/// How long each stage took; `None` for one that the run did not reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub queue: Option<Duration>,
    pub connect: Option<Duration>,
    pub query: Option<Duration>,
}

/// The times of a run, once it has ended. Cheap to clone; does not keep the run alive.
#[derive(Clone, Debug, Default)]
pub struct RunTimes(Arc<OnceLock<Times>>);

/// When the stages of a run began.
#[derive(Debug)]
pub(in crate::run) struct Marks {
    entered: Instant,
    turn: OnceLock<Instant>,
    connected: OnceLock<Instant>,
    received_bytes: AtomicU64,
}

impl RunTimes {
    pub fn get(&self) -> Option<Times> {
        self.0.get().copied()
    }

    pub(in crate::run) fn set(&self, times: Times) {
        let _ = self.0.set(times);
    }
}

impl Marks {
    pub(in crate::run) fn new() -> Self {
        Self {
            entered: Instant::now(),
            turn: OnceLock::new(),
            connected: OnceLock::new(),
            received_bytes: AtomicU64::new(0),
        }
    }

    pub(in crate::run) fn has_turn(&self) {
        let _ = self.turn.set(Instant::now());
    }

    pub(in crate::run) fn is_connected(&self) {
        let _ = self.connected.set(Instant::now());
    }

    /// The last row has arrived.
    pub(in crate::run) fn has_received(&self, bytes: u64) {
        self.received_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(in crate::run) fn received(&self) -> u64 {
        self.received_bytes.load(Ordering::Relaxed)
    }

    /// To be called at the end of the run.
    pub(in crate::run) fn times(&self) -> Times {
        let (turn, connected) = (self.turn.get().copied(), self.connected.get().copied());
        let now = Instant::now();
        Times {
            queue: turn.map(|turn| turn - self.entered),
            connect: turn.map(|turn| connected.unwrap_or(now) - turn),
            query: connected.map(|connected| now - connected),
        }
    }
}
