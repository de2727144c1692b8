//! How many connections for runs of one database there are, and how many there may be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a refusal counts: no more connections than there were then.
const REFUSAL_COUNTS: Duration = Duration::from_secs(10);
/// How long a connection that was used counts as a sign that the database responds.
const ALIVE_LASTS: Duration = Duration::from_secs(30);

pub(super) struct Slots {
    state: Mutex<State>,
    /// A connection has become idle, or another may be opened.
    pub(super) changed: Notify,
}

struct State {
    max: usize,
    /// Open or being opened, in use or not.
    count: usize,
    /// When one of them was last opened or given back.
    alive_at: Option<Instant>,
    refused: Option<Refused>,
    refusals: u64,
}

/// The server allowed no more connections.
struct Refused {
    at: Instant,
    /// So many of ours there were.
    count: usize,
}

/// One of the connections that are counted, until it is dropped.
pub(in crate::run) struct Slot(Arc<Slots>);

impl Slots {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                max,
                count: 0,
                alive_at: None,
                refused: None,
                refusals: 0,
            }),
            changed: Notify::new(),
        })
    }

    /// `None` if there are as many connections as are allowed.
    pub(super) fn take(self: &Arc<Self>) -> Option<Slot> {
        let mut state = self.lock();
        if state.count >= state.max || !state.allows_another() {
            return None;
        }
        state.count += 1;
        Some(Slot(self.clone()))
    }

    /// From now on, so many may be open.
    pub(super) fn set_max(&self, max: usize) {
        self.lock().max = max;
        self.changed.notify_waiters();
    }

    /// How many are open beyond what is allowed by now.
    pub(super) fn excess(&self) -> usize {
        let state = self.lock();
        state.count.saturating_sub(state.max)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().count
    }

    pub(super) fn max(&self) -> usize {
        self.lock().max
    }

    /// How often the server allowed no more connections.
    pub(super) fn refusals(&self) -> u64 {
        self.lock().refusals
    }

    pub(super) fn note_alive(&self) {
        self.lock().alive_at = Some(Instant::now());
    }

    pub(super) fn note_refusal(&self) {
        let mut state = self.lock();
        let (at, count) = (Instant::now(), state.count);
        state.refused = Some(Refused { at, count });
        state.refusals += 1;
    }

    /// Whether the database has shown life a short time ago.
    pub(super) fn is_alive(&self) -> bool {
        let is_recent = |at: Instant| at.elapsed() < ALIVE_LASTS;
        self.lock().alive_at.is_some_and(is_recent)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the server may accept more connections than there are.
    fn allows_another(&self) -> bool {
        match &self.refused {
            Some(refused) if refused.at.elapsed() < REFUSAL_COUNTS => {
                self.count == 0 || self.count < refused.count
            }
            _ => true,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.lock().count -= 1;
        self.0.changed.notify_one();
    }
}
