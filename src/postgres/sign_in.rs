//! Signs in to a database by the PostgreSQL library, on a connection that can be had back from it afterwards.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config};
use tokio_util::task::AbortOnDropHandle;

use super::connect::{ConnectError, Connector, HostError, first_max};
use super::dial::{self, Peer};
use super::lent::{Lender, Transport};
use super::server_kind::ServerKind;

/// How long a server may take for a cancel request, which it confirms by closing the connection.
const CANCEL_MAX: Duration = Duration::from_secs(5);

/// A connection over which the library's client asks, until [`SignedIn::take_over`].
pub struct SignedIn {
    pub client: Client,
    /// What the server reported while signing in.
    pub server_version: String,
    pub server_encoding: String,
    /// The process id in its cancel key; a pooler makes one up.
    pub key_process: Option<i32>,
    /// Our end of the connection; `None` for a socket in the file system.
    pub local_port: Option<u16>,
    notifications: UnboundedReceiver<String>,
    driver: AbortOnDropHandle<()>,
    lender: Lender,
    canceller: Canceller,
}

/// Cancels what a connection executes, over a connection of its own.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    peer: Peer,
    connector: Connector,
    config: Config,
}

impl Connector {
    /// Signs in with these startup options (such as `-c timezone=UTC`), after those of the URL.
    pub async fn sign_in(&self, options: &str) -> Result<SignedIn, ConnectError> {
        let outcome = self.sign_in_to(self.server_kind.first(), options).await;
        match (&outcome, self.server_kind.second()) {
            (Err(error), Some(second)) if error.is_about_kind() => {
                self.sign_in_to(second, options).await
            }
            _ => outcome,
        }
    }

    /// Tries one host after the other.
    async fn sign_in_to(&self, kind: ServerKind, options: &str) -> Result<SignedIn, ConnectError> {
        let mut errors = Vec::new();
        let mut order = dial::order(self.config())?;
        if let Some(last) = self.last_host() {
            order.sort_by_key(|index| *index != last);
        }
        for (place, index) in order.iter().copied().enumerate() {
            // Whoever gives up on a silent host begins with the next one.
            self.note_host(order[(place + 1) % order.len()]);
            match self.sign_in_at_host(index, kind, options).await {
                Ok(signed_in) => {
                    self.note_host(index);
                    return Ok(signed_in);
                }
                Err(error) => errors.push(HostError {
                    host: self.hosts.get(index).cloned().unwrap_or_default(),
                    error,
                }),
            }
        }
        Err(errors.into())
    }

    /// Tries each address that the host has. The limit also covers a server that accepts the connection and never
    /// responds.
    async fn sign_in_at_host(
        &self,
        index: usize,
        kind: ServerKind,
        options: &str,
    ) -> Result<SignedIn, ConnectError> {
        let limit = self.limit;
        let no_answer = |_| ConnectError::NoAnswer { limit };
        let peers = timeout(limit, Peer::resolve(self.config(), index)).await;
        let mut errors = Vec::new();
        for peer in peers.map_err(no_answer)?? {
            let opening = self.sign_in_at(&peer, kind, options);
            match timeout(limit, opening).await.map_err(no_answer).flatten() {
                Ok(signed_in) => return Ok(signed_in),
                Err(error) => errors.push(error),
            }
        }
        let nowhere = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        Err(first_max(errors.into_iter(), ConnectError::rank)
            .unwrap_or(ConnectError::Unresolved(nowhere)))
    }

    /// Tries one mode of TLS after the other.
    async fn sign_in_at(
        &self,
        peer: &Peer,
        kind: ServerKind,
        options: &str,
    ) -> Result<SignedIn, ConnectError> {
        let mut earlier: Option<ConnectError> = None;
        for config in &self.attempts {
            match self.sign_in_with(peer, config, kind, options).await {
                Err(error) if error.may_work_with_another_mode() => {
                    // The same refusal in both modes is not about the mode: the first one is what was meant.
                    let is_same = earlier
                        .as_ref()
                        .is_some_and(|earlier| earlier.code() == error.code());
                    earlier = earlier.filter(|_| is_same).or(Some(error));
                }
                outcome => return outcome,
            }
        }
        Err(earlier.unwrap_or(ConnectError::NoAnswer { limit: self.limit }))
    }

    async fn sign_in_with(
        &self,
        peer: &Peer,
        config: &Config,
        kind: ServerKind,
        options: &str,
    ) -> Result<SignedIn, ConnectError> {
        let config = &with_options(config, options);
        let lender = Lender::within(self.silence.clone());
        let socket = peer.connect(config).await?;
        let local_port = socket.local_port();
        let socket = lender.lend(socket);
        let tls = lender.tls(&self.tls(), &peer.host)?;
        let (client, mut connection) = config.connect_raw(socket, tls).await?;
        let [server_version, server_encoding] = ["server_version", "server_encoding"]
            .map(|name| connection.parameter(name).unwrap_or_default().to_owned());
        let (tell, notifications) = unbounded_channel();
        let driver = AbortOnDropHandle::new(tokio::spawn(async move {
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                match message {
                    // Most connections listen to nothing.
                    Ok(AsyncMessage::Notification(heard)) => {
                        let _ = tell.send(heard.payload().to_owned());
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::debug!(%error, "a connection to a database ended");
                        return;
                    }
                }
            }
        }));
        if !kind.is_met(&client).await? {
            return Err(ConnectError::OtherKind(kind));
        }
        Ok(SignedIn {
            server_version,
            server_encoding,
            key_process: lender.key_process(),
            local_port,
            canceller: Canceller {
                token: client.cancel_token(),
                peer: peer.clone(),
                connector: self.clone(),
                config: config.clone(),
            },
            client,
            notifications,
            driver,
            lender,
        })
    }
}

impl SignedIn {
    /// What the server tells on the channels to which the connection listens; ends with the connection.
    pub fn hear(&mut self) -> UnboundedReceiver<String> {
        std::mem::replace(&mut self.notifications, unbounded_channel().1)
    }

    /// For asking by way of the library alone, as long as the second value lives.
    pub fn into_client(self) -> (Client, AbortOnDropHandle<()>) {
        (self.client, self.driver)
    }

    /// Ends the library's part. All that the client was asked has to be answered by now.
    ///
    /// `None` if the connection is lost.
    pub async fn take_over(self) -> Option<(Box<dyn Transport>, Canceller)> {
        // Not by dropping the client, which would sign out.
        self.driver.abort();
        let _ = self.driver.await;
        Some((self.lender.take_back()?, self.canceller))
    }
}

impl Canceller {
    /// Asks PostgreSQL to cancel, and waits until it has closed the connection for that. The outcome shows on the
    /// cancelled connection.
    pub async fn cancel(&self) {
        let cancelling = async {
            let lender = Lender::default();
            let socket = lender.lend(self.peer.connect(&self.config).await?);
            let tls = lender.tls(&self.connector.tls(), &self.peer.host)?;
            self.token.cancel_query_raw(socket, tls).await?;
            Ok::<_, ConnectError>(())
        };
        if !matches!(timeout(CANCEL_MAX, cancelling).await, Ok(Ok(()))) {
            tracing::warn!("a query could not be cancelled: its database cannot be reached");
        }
    }
}

fn with_options(config: &Config, options: &str) -> Config {
    let mut config = config.clone();
    let all = [config.get_options().unwrap_or_default(), options].join(" ");
    if !all.trim().is_empty() {
        config.options(all.trim());
    }
    config
}
