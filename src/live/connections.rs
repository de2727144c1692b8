//! Divides the connections to queried databases among the servers that live.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::Live;
use crate::model::Notice;

/// Between two requests to the other servers for room. Runs that still wait ask again.
const ASKING_PAUSE: Duration = Duration::from_millis(100);

impl Live {
    /// Divides the connections among the servers that live, and lets them make room for each other.
    pub async fn share_connections(&self) {
        tokio::join!(self.follow_servers(), self.ask_for_room());
    }

    async fn follow_servers(&self) {
        let mut others = self.servers.others();
        loop {
            let count = *others.borrow_and_update();
            self.runner.share_among(1 + count);
            if others.changed().await.is_err() {
                return;
            }
        }
    }

    /// Passes on to other servers that a database allows no more connections.
    async fn ask_for_room(&self) {
        let mut requests = self.runner.room_requests();
        loop {
            match requests.recv().await {
                Ok(database) => {
                    let notice = Notice::Room { database };
                    if let Err(error) = self.servers.tell(&notice).await {
                        let cause = error.cause();
                        tracing::warn!(
                            cause,
                            "other servers do not know of a database that is full"
                        );
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            sleep(ASKING_PAUSE).await;
        }
    }
}
