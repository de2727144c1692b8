//! The open connections for the runs of one database. A run takes an idle one, or opens another; where PostgreSQL or a
//! pooler allows fewer than we do, it waits for one of ours.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout};

use super::connection::OPENING_MAX;
use super::run_connection::{RunConnection, RunOpener};
use super::side::Side;
use crate::run::Failure;

/// After this time an opening may be waiting in a pooler: what is idle makes room for it.
pub(super) const HANGING: Duration = Duration::from_secs(1);
/// How long the server needs to notice that a connection was closed.
pub(super) const CLOSING: Duration = Duration::from_millis(50);
/// Refusals are not final this soon after something made room.
const ROOM_LASTS: Duration = Duration::from_secs(2);
/// How long a refusal counts: no more connections than were open then.
const REFUSAL_COUNTS: Duration = Duration::from_secs(10);
/// How long a connection that was used counts as a sign that the database responds.
const ALIVE_LASTS: Duration = Duration::from_secs(30);
/// How often a run that waits for a connection looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(in crate::run) struct Connections {
    opener: RunOpener,
    max: usize,
    state: Mutex<State>,
    /// A connection has become idle, or another may be opened.
    changed: Notify,
}

#[derive(Default)]
struct State {
    idle: Vec<Idle>,
    /// Open or being opened, in use or not.
    count: usize,
    /// When one of them was last opened or given back.
    alive_at: Option<Instant>,
    refused: Option<Refused>,
}

struct Idle {
    connection: RunConnection,
    since: Instant,
}

/// The server allowed no more connections.
struct Refused {
    at: Instant,
    /// So many of ours were open.
    count: usize,
}

/// One of the connections that are counted, until it is dropped.
pub(in crate::run) struct Slot(Weak<Connections>);

/// A connection that is being opened, if one is.
#[derive(Default)]
struct Opening(Option<oneshot::Receiver<Result<RunConnection, Failure>>>);

impl Connections {
    pub(super) fn new(opener: RunOpener, max: usize) -> Arc<Self> {
        Arc::new(Self {
            opener,
            max,
            state: Mutex::default(),
            changed: Notify::new(),
        })
    }

    /// An idle connection, or a new one. Waits as long as another connection of ours to this database lives, which may
    /// be the only one that is allowed.
    pub(super) async fn take(
        self: &Arc<Self>,
        side: &Side,
        wait_max: Duration,
    ) -> Result<RunConnection, Failure> {
        timeout(wait_max, self.idle_or_new(side))
            .await
            .unwrap_or(Err(Failure::QueueFull))
    }

    async fn idle_or_new(self: &Arc<Self>, side: &Side) -> Result<RunConnection, Failure> {
        let mut opening = Opening::default();
        let mut room_until = Instant::now();
        let mut pause = CLOSING;
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(connection) = self.idle() {
                return Ok(connection);
            }
            if opening.0.is_none() {
                opening = self.slot().map(Slot::open).unwrap_or_default();
            }
            let opened = tokio::select! {
                opened = opening.end() => opened,
                () = changed.as_mut() => continue,
                () = sleep(HANGING) => {
                    side.close_idle();
                    continue;
                }
            };
            opening = Opening::default();
            match opened {
                Err(failure) if self.may_wait(&failure, side, room_until) => {
                    if side.close_idle() {
                        room_until = Instant::now() + ROOM_LASTS;
                    }
                }
                opened => return opened,
            }
            tokio::select! {
                () = changed => {}
                () = sleep(pause) => pause = LOOK_AGAIN.min(pause * 2),
            }
        }
    }

    fn idle(&self) -> Option<RunConnection> {
        loop {
            let Idle { mut connection, .. } = self.lock().idle.pop()?;
            if connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// `None` if there are as many connections as are allowed.
    fn slot(self: &Arc<Self>) -> Option<Slot> {
        let mut state = self.lock();
        if state.count >= self.max || !state.allows_another() {
            return None;
        }
        state.count += 1;
        Some(Slot(Arc::downgrade(self)))
    }

    /// Whether a run that could not have a connection of its own may wait for one of those that live, or for the server
    /// to notice that one is closed.
    fn may_wait(&self, failure: &Failure, side: &Side, room_until: Instant) -> bool {
        let mut state = self.lock();
        let (now, count) = (Instant::now(), state.count);
        if failure.is_about_connections() {
            state.refused = Some(Refused { at: now, count });
            return count > 0 || side.is_open() || now < room_until;
        }
        // A pooler says nothing while all of its connections are in use; nor does a database that is cut off.
        let is_alive = |at: Instant| at.elapsed() < ALIVE_LASTS;
        failure.is_no_answer() && count > 0 && state.alive_at.is_some_and(is_alive)
    }

    pub(super) fn put_back(&self, connection: RunConnection) {
        let since = Instant::now();
        let mut state = self.lock();
        state.alive_at = Some(since);
        state.idle.push(Idle { connection, since });
        drop(state);
        self.changed.notify_one();
    }

    /// Closes connections that nobody has used for this long. Returns whether there were any.
    pub(super) fn close_idle(&self, unused: Duration) -> bool {
        let mut state = self.lock();
        let idle = std::mem::take(&mut state.idle).into_iter();
        let (closed, kept): (Vec<_>, Vec<_>) =
            idle.partition(|idle| idle.since.elapsed() >= unused);
        state.idle = kept;
        // Dropping a connection needs the lock.
        drop(state);
        !closed.is_empty()
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

impl Slot {
    /// Opens a connection in the background. If nobody waits for it any longer, it is kept for the next run.
    fn open(self) -> Opening {
        let (sender, opening) = oneshot::channel();
        tokio::spawn(async move {
            let Some(connections) = self.connections() else {
                return;
            };
            let opened = timeout(OPENING_MAX, connections.opener.open(self)).await;
            let opened = opened.unwrap_or_else(|_| Err(Failure::no_answer(OPENING_MAX)));
            if opened.is_ok() {
                connections.lock().alive_at = Some(Instant::now());
            }
            if let Err(Ok(connection)) = sender.send(opened) {
                connections.put_back(connection);
            }
        });
        Opening(Some(opening))
    }

    /// `None` if the database is no longer known under this URL.
    pub(super) fn connections(&self) -> Option<Arc<Connections>> {
        self.0.upgrade()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(connections) = self.connections() {
            connections.lock().count -= 1;
            connections.changed.notify_one();
        }
    }
}

impl Opening {
    /// Never, if nothing is being opened.
    async fn end(&mut self) -> Result<RunConnection, Failure> {
        match &mut self.0 {
            Some(opening) => opening.await.unwrap_or_else(|_| Err(Failure::closed())),
            None => std::future::pending().await,
        }
    }
}
