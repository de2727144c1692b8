//! Signs in to a database by the PostgreSQL library, on a connection that can be had back from it afterwards.

use std::io;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{CancelToken, Client, Config};
use tokio_util::task::AbortOnDropHandle;

use super::connect::{ConnectError, Connector};
use super::dial::{self, Peer};
use super::lent::{Lender, Transport};

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
    pub async fn sign_in<'a>(&'a self, options: &'a str) -> Result<SignedIn, ConnectError> {
        self.in_order(|config| Box::pin(self.sign_in_with(config, options)))
            .await
    }

    /// Tries one host after the other, and each of its addresses.
    async fn sign_in_with(&self, config: &Config, options: &str) -> Result<SignedIn, ConnectError> {
        let config = with_options(config, options);
        let mut last = Err(ConnectError::Socket(io::Error::new(
            io::ErrorKind::InvalidInput,
            "could not resolve any addresses",
        )));
        for index in dial::order(&config)? {
            let peers = match Peer::resolve(&config, index).await {
                Ok(peers) => peers,
                Err(error) => {
                    last = Err(error.into());
                    continue;
                }
            };
            for peer in peers {
                last = self.sign_in_at(peer, &config).await;
                if last.is_ok() {
                    return last;
                }
            }
        }
        last
    }

    async fn sign_in_at(&self, peer: Peer, config: &Config) -> Result<SignedIn, ConnectError> {
        let lender = Lender::default();
        let socket = lender.lend(peer.connect(config).await?);
        let tls = lender.tls(&self.tls(), &peer.host)?;
        let (client, connection) = config.connect_raw(socket, tls).await?;
        let [server_version, server_encoding] = ["server_version", "server_encoding"]
            .map(|name| connection.parameter(name).unwrap_or_default().to_owned());
        let driver = AbortOnDropHandle::new(tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a queried database ended");
            }
        }));
        check_target(&client, config.get_target_session_attrs()).await?;
        Ok(SignedIn {
            server_version,
            server_encoding,
            key_process: lender.key_process(),
            canceller: Canceller {
                token: client.cancel_token(),
                peer,
                connector: self.clone(),
                config: config.clone(),
            },
            client,
            driver,
            lender,
        })
    }
}

impl SignedIn {
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

/// `target_session_attrs`, as the library checks it where it opens the socket itself.
async fn check_target(client: &Client, wanted: TargetSessionAttrs) -> Result<(), ConnectError> {
    let refusal = match wanted {
        TargetSessionAttrs::ReadWrite => ("on", "database does not allow writes"),
        TargetSessionAttrs::ReadOnly => ("off", "database is not read only"),
        _ => return Ok(()),
    };
    let row = client
        .query_typed_one(
            "select pg_catalog.current_setting('transaction_read_only')",
            &[],
        )
        .await?;
    let is_read_only: &str = row.try_get(0)?;
    match is_read_only == refusal.0 {
        true => Err(io::Error::new(io::ErrorKind::PermissionDenied, refusal.1).into()),
        false => Ok(()),
    }
}
