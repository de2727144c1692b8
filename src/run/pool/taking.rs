//! Takes a connection for a run: an idle one, or a new one. Where PostgreSQL or a pooler allows fewer than we do, it waits
//! for one of ours, and idle ones make room, here and at other servers.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connections::{Connections, Opening};
use super::run_connection::RunConnection;
use super::side::{CLOSING, HANGING, Side};
use crate::run::Failure;

/// Refusals are not final this soon after something made room.
const ROOM_LASTS: Duration = Duration::from_secs(2);
/// How long a run waits for the connections of other servers: until their shares have become smaller, or they have given
/// idle ones back.
const OTHERS_WAIT: Duration = Duration::from_secs(30);
/// How often a run that waits for a connection looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Waits for so long, as long as another connection of ours to this database lives.
pub(super) async fn take(
    connections: &Arc<Connections>,
    side: &Side,
    wait_max: Duration,
) -> Result<RunConnection, Failure> {
    timeout(wait_max, idle_or_new(connections, side))
        .await
        .unwrap_or(Err(Failure::QueueFull))
}

async fn idle_or_new(
    connections: &Arc<Connections>,
    side: &Side,
) -> Result<RunConnection, Failure> {
    let mut opening: Option<Opening> = None;
    let mut room_until = Instant::now();
    let mut has_asked = false;
    let mut pause = CLOSING;
    loop {
        let mut changed = pin!(connections.slots.changed.notified());
        // From here on no change is missed.
        changed.as_mut().enable();
        if let Some(connection) = connections.idle() {
            return Ok(connection);
        }
        if opening.is_none() {
            opening = connections.open();
        }
        let opened = tokio::select! {
            opened = end(&mut opening) => opened,
            () = changed.as_mut() => continue,
            () = sleep(HANGING) => {
                side.close_idle();
                continue;
            }
        };
        opening = None;
        let is_refused = opened.as_ref().is_err_and(Failure::is_about_connections);
        if is_refused && connections.room.ask() && !has_asked {
            has_asked = true;
            room_until = Instant::now() + OTHERS_WAIT;
        }
        match opened {
            Err(failure) if may_wait(&failure, connections, side, room_until) => {
                if side.close_idle() {
                    room_until = room_until.max(Instant::now() + ROOM_LASTS);
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

/// Never, if nothing is being opened.
async fn end(opening: &mut Option<Opening>) -> Result<RunConnection, Failure> {
    match opening {
        Some(opening) => opening.await.unwrap_or_else(|_| Err(Failure::closed())),
        None => std::future::pending().await,
    }
}

/// Whether a run that could not have a connection of its own may wait for one of those that live, or for the server to
/// notice that one is closed.
fn may_wait(
    failure: &Failure,
    connections: &Connections,
    side: &Side,
    room_until: Instant,
) -> bool {
    let slots = &connections.slots;
    if failure.is_about_connections() {
        slots.note_refusal();
        return slots.count() > 0 || side.is_open() || Instant::now() < room_until;
    }
    // A pooler says nothing while all of its connections are in use; nor does a database that is cut off.
    failure.is_no_answer() && slots.count() > 0 && slots.is_alive()
}
