//! Opens the connections to the store, by our own connector: it tries each host for a short time, and ends a connection
//! whose server falls silent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Connect};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls};

use crate::postgres::{ConnectError, Connector, SignedIn, SilenceLimit};

/// For each address of each host.
const CONNECT_MAX: Duration = Duration::from_secs(4);
/// Longer than a statement may take, so that only a silent server exceeds it; short enough that a request fails within
/// 10 s.
const SILENCE_MAX: Duration = Duration::from_secs(8);
/// Longer than a patient statement may take.
const PATIENT_SILENCE_MAX: Duration = Duration::from_secs(11 * 60);
/// An index on a large table takes hours. If its host is gone, keepalives end the connection.
const MIGRATION_SILENCE_MAX: Duration = Duration::from_secs(24 * 3_600);

/// In every session. A list of clips is a long statement that reads few rows: JIT compilation takes a hundred times as
/// long as running it. The server ends sessions whose client is gone, with the locks that they hold.
const SETTINGS: &str =
    "set jit = off; set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 3; set tcp_user_timeout = '20s'";
/// Of requests: a client whose request would take longer is told to try again.
const OF_REQUESTS: &str = "set statement_timeout = '7s'; set lock_timeout = '5s';
    set idle_in_transaction_session_timeout = '30s'";
/// Of statements on many rows, for which nobody waits.
const PATIENT: &str = "set statement_timeout = '10min'; set lock_timeout = '30s'";
/// Of migrations, which wait for those of other servers.
const OF_MIGRATIONS: &str = "set statement_timeout = 0; set lock_timeout = 0";
/// Of the connection that listens: what it writes is not worth a wait for the disk.
const OF_LISTENING: &str = "set synchronous_commit = off; set statement_timeout = '2s'";
/// Of the check whether the store is fit. Its statement takes a moment, or waits for a lock.
const OF_CHECKS: &str = "set statement_timeout = '2s'; set lock_timeout = '1s'";

#[derive(Clone)]
pub(super) struct Dialer {
    connector: Connector,
    pub(super) silence: SilenceLimit,
}

impl Dialer {
    pub(super) fn new(connector: &Connector) -> Self {
        let silence = SilenceLimit::new(SILENCE_MAX);
        let connector = connector.clone().for_failover(CONNECT_MAX, silence.clone());
        Self { connector, silence }
    }

    pub(super) fn config(&self) -> Config {
        self.connector.config().clone()
    }

    /// Outside the pool, for statements on many rows.
    pub(super) async fn patient(&self) -> Result<ClientWrapper, Error> {
        self.outside_the_pool(PATIENT_SILENCE_MAX, PATIENT).await
    }

    /// Outside the pool, for statements that may take as long as they need.
    pub(super) async fn for_migrations(&self) -> Result<ClientWrapper, Error> {
        self.outside_the_pool(MIGRATION_SILENCE_MAX, OF_MIGRATIONS)
            .await
    }

    /// Outside the pool, to check whether the store is fit.
    pub(super) async fn for_checks(&self) -> Result<ClientWrapper, Error> {
        self.outside_the_pool(SILENCE_MAX, OF_CHECKS).await
    }

    /// To listen.
    pub(super) async fn for_listening(&self) -> Result<SignedIn, Error> {
        let signed_in = sign_in(&self.connector).await?;
        set(&signed_in.client, OF_LISTENING).await?;
        Ok(signed_in)
    }

    async fn outside_the_pool(
        &self,
        silence_max: Duration,
        settings: &str,
    ) -> Result<ClientWrapper, Error> {
        let silence = self.silence.with(silence_max);
        let (client, driver) = open(&self.connector.with_silence(silence)).await?;
        let client = ClientWrapper::new(client, driver);
        set(&client, settings).await?;
        Ok(client)
    }

    async fn for_requests(&self) -> Result<(Client, JoinHandle<()>), Error> {
        let (client, driver) = open(&self.connector).await?;
        set(&client, OF_REQUESTS).await?;
        Ok((client, driver))
    }
}

impl Connect for Dialer {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        Box::pin(self.for_requests())
    }
}

async fn open(connector: &Connector) -> Result<(Client, JoinHandle<()>), Error> {
    let (client, driver) = sign_in(connector).await?.into_client();
    Ok((client, driver.detach()))
}

async fn sign_in(connector: &Connector) -> Result<SignedIn, Error> {
    match connector.sign_in("").await {
        Ok(signed_in) => Ok(signed_in),
        Err(ConnectError::Postgres(error)) => Err(error),
        Err(error) => Err(of_the_library(&error).await),
    }
}

async fn set(client: &Client, settings: &str) -> Result<(), Error> {
    client
        .batch_execute(&format!("{SETTINGS}; {settings}"))
        .await
}

/// A pool takes the library's errors only, and the library makes one of what a stream says.
async fn of_the_library(error: &ConnectError) -> Error {
    let silent = matches!(error.most_telling(), ConnectError::NoAnswer { .. });
    let kind = match silent {
        true => io::ErrorKind::TimedOut,
        false => io::ErrorKind::NotConnected,
    };
    let refused = Config::new()
        .user("nobody")
        .connect_raw(Broken(kind), NoTls)
        .await;
    refused.err().expect("nothing can be sent over it")
}

/// A stream that only fails.
struct Broken(io::ErrorKind);

impl AsyncRead for Broken {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.0.into()))
    }
}

impl AsyncWrite for Broken {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(self.0.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.0.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.0.into()))
    }
}
