//! The end of a connection that is not used again: its turn lasts until PostgreSQL's process is done or gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::queue::Turn;
use super::run_connection::RunConnection;
use super::side::Side;
use crate::run::Failure;

const CANCEL_TRIES: usize = 3;
/// How long a query may take to end after a cancel request.
const CANCEL_WAIT: Duration = Duration::from_secs(1);
/// How long until PostgreSQL is asked again whether a process is gone: at first, and at most.
const PAUSE_MIN: Duration = Duration::from_millis(25);
const PAUSE_MAX: Duration = Duration::from_secs(1);

pub(super) struct Ending {
    pub(super) connection: RunConnection,
    pub(super) side: Arc<Side>,
    pub(super) turn: Turn,
}

impl Ending {
    pub(super) async fn drive(mut self) {
        if self.is_done().await {
            return;
        }
        // What still runs may catch a cancellation. Without a socket it also cannot wait for us to read.
        let process = self.connection.process.clone();
        drop(self.connection);
        let Some(process) = process else {
            // A pooler ends what its client has left.
            return;
        };
        let mut pause = PAUSE_MIN;
        loop {
            match self.side.terminate(&process).await {
                Ok(true) => break,
                Ok(false) | Err(Failure::QueueFull) => {
                    sleep(pause).await;
                    pause = PAUSE_MAX.min(pause * 2);
                }
                Err(failure) => {
                    // A database that cannot be asked does not accept more runs either.
                    tracing::warn!(
                        code = failure.code(),
                        "a query's end could not be confirmed"
                    );
                    break;
                }
            }
        }
        drop(self.turn);
    }

    /// Whether PostgreSQL has ended the query, after cancel requests where it still ran, and its process with it.
    async fn is_done(&mut self) -> bool {
        let RunConnection {
            wire, canceller, ..
        } = &mut self.connection;
        for _ in 0..CANCEL_TRIES {
            if !wire.is_busy() {
                break;
            }
            canceller.cancel().await;
            let _ = timeout(CANCEL_WAIT, wire.drain()).await;
        }
        let is_known = !wire.is_busy() && !wire.is_lost();
        is_known && timeout(CANCEL_WAIT, wire.sign_out()).await.is_ok()
    }
}
