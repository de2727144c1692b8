//! The connections for the runs of one database that nobody uses, and those that are being opened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::connection::OPENING_MAX;
use super::run_connection::{RunConnection, RunOpener};
use super::slots::Slots;
use crate::run::Failure;

pub(in crate::run) struct Connections {
    opener: RunOpener,
    pub(super) slots: Arc<Slots>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: RunConnection,
    since: Instant,
}

/// A connection that is being opened.
pub(super) type Opening = oneshot::Receiver<Result<RunConnection, Failure>>;

impl Connections {
    pub(super) fn new(opener: RunOpener, max: usize) -> Arc<Self> {
        Arc::new(Self {
            opener,
            slots: Slots::new(max),
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

    /// Keeps a connection for the next run.
    pub(super) fn put_back(&self, connection: RunConnection) {
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

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
