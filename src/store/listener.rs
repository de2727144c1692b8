//! A connection of its own on which the store tells what its transactions have changed.

use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::Client;
use tokio_util::task::AbortOnDropHandle;

use super::Store;
use crate::error::Error;

/// Hears a channel until its connection is lost.
pub struct Listener {
    /// For statements that belong to this connection.
    pub client: Client,
    heard: UnboundedReceiver<String>,
    _driver: AbortOnDropHandle<()>,
}

impl Store {
    /// Listens from now on.
    pub async fn listen(&self, channel: &str) -> Result<Listener, Error> {
        let mut signed_in = self.dialer.for_listening().await?;
        let heard = signed_in.hear();
        let (client, driver) = signed_in.into_client();
        client.batch_execute(&format!("listen {channel}")).await?;
        Ok(Listener {
            client,
            heard,
            _driver: driver,
        })
    }
}

impl Listener {
    /// The next payload; `None` once the connection is lost.
    pub async fn next(&mut self) -> Option<String> {
        self.heard.recv().await
    }

    /// A payload that has arrived and was not returned by [`Self::next`] yet.
    pub fn heard_already(&mut self) -> Option<String> {
        self.heard.try_recv().ok()
    }

    /// Whatever transactions sent that had ended before this began has arrived when it returns: PostgreSQL sends it before
    /// it reads the next command (`ProcessClientReadInterrupt`, 13 to 18).
    pub async fn round_trip(&self) -> Result<(), Error> {
        self.client.batch_execute("").await?;
        Ok(())
    }
}
