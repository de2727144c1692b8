//! The connections for the runs of one database that nobody uses, and those that are being opened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::connection::OPENING_MAX;
use super::room::Room;
use super::run_connection::{RunConnection, RunOpener};
use super::slots::Slots;
use crate::run::Failure;

pub(in crate::run) struct Connections {
    opener: RunOpener,
    pub(super) slots: Arc<Slots>,
    pub(super) room: Room,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: RunConnection,
    since: Instant,
}

/// A connection that is being opened.
pub(super) type Opening = oneshot::Receiver<Result<RunConnection, Failure>>;

impl Connections {
    pub(super) fn new(opener: RunOpener, room: Room, max: usize) -> Arc<Self> {
        Arc::new(Self {
            opener,
            slots: Slots::new(max),
            room,
            idle: Mutex::default(),
        })
    }

    /// Takes an idle connection.
    pub(super) fn idle(&self) -> Option<RunConnection> {
        loop {
            let Idle { mut connection, .. } = self.lock().pop()?;
            if connection.is_usable() {
                return Some(connection);
            }
        }
    }

    pub(super) fn idle_count(&self) -> usize {
        self.lock().len()
    }

    /// Opens a connection in the background, unless there are as many as are allowed. If nobody waits for it any longer,
    /// it is kept for the next run.
    pub(super) fn open(self: &Arc<Self>) -> Option<Opening> {
        let slot = self.slots.take()?;
        let connections = self.clone();
        let (sender, opening) = oneshot::channel();
        tokio::spawn(async move {
            let opened = timeout(OPENING_MAX, connections.opener.open(slot)).await;
            let opened = opened.unwrap_or_else(|_| Err(Failure::no_answer(OPENING_MAX)));
            if opened.is_ok() {
                connections.slots.note_alive();
            }
            if let Err(Ok(connection)) = sender.send(opened) {
                connections.put_back(connection);
            }
        });
        Some(opening)
    }

    /// Keeps a connection for the next run, unless there are more than are allowed by now.
    pub(super) fn put_back(&self, connection: RunConnection) {
        if self.slots.excess() > 0 {
            return;
        }
        let since = Instant::now();
        self.lock().push(Idle { connection, since });
        self.slots.note_alive();
        self.slots.changed.notify_one();
    }

    /// Closes connections that nobody has used for this long. Returns whether there were any.
    pub(super) fn close_idle(&self, unused: Duration) -> bool {
        let is_old = |idle: &mut Idle| idle.since.elapsed() >= unused;
        self.lock().extract_if(.., is_old).count() > 0
    }

    /// From now on, so many may be open. Closes idle ones beyond that; those in use follow when their runs end.
    pub(super) fn set_max(&self, max: usize) {
        self.slots.set_max(max);
        let mut idle = self.lock();
        let kept = idle.len().saturating_sub(self.slots.excess());
        let closed = idle.split_off(kept);
        drop(idle);
        drop(closed);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
