//! A connection of its own on which the store tells what its transactions have changed.

use std::future::poll_fn;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client};
use tokio_util::task::AbortOnDropHandle;

use super::Store;
use crate::error::Error;

/// Hears a channel until its connection is lost.
pub struct Listener {
    /// For statements that belong to this connection.
    pub client: Client,
    heard: mpsc::UnboundedReceiver<String>,
    _connection: AbortOnDropHandle<()>,
}

impl Store {
    /// Listens from now on.
    pub async fn listen(&self, channel: &str) -> Result<Listener, Error> {
        let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
        let (tell, heard) = mpsc::unbounded_channel();
        let connection = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(notification) = message {
                    let _ = tell.send(notification.payload().to_owned());
                }
            }
        });
        let listener = Listener {
            client,
            heard,
            _connection: AbortOnDropHandle::new(connection),
        };
        // What this connection writes is not worth a wait for the disk.
        let listen = format!("set synchronous_commit = off; listen {channel}");
        listener.client.batch_execute(&listen).await?;
        Ok(listener)
    }
}

impl Listener {
    /// The next payload; `None` once the connection is lost.
    pub async fn next(&mut self) -> Option<String> {
        self.heard.recv().await
    }

    /// A payload that has arrived already.
    pub fn next_now(&mut self) -> Option<String> {
        self.next().now_or_never().flatten()
    }
}
