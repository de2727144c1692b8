//! Opens connections to a database, trying modes in libpq's order, within one time limit.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Error, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::TlsError;
use super::url::ConnectionUrl;

pub type Connection =
    tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Opens connections to one database.
#[derive(Clone)]
pub struct Connector {
    attempts: Vec<Config>,
    tls: MakeRustlsConnect,
    timeout: Duration,
}

/// Why a connection could not be opened.
#[derive(Debug)]
pub enum ConnectError {
    Postgres(Error),
    /// No address of the URL could be reached.
    Socket(io::Error),
    /// The server accepted the connection but did not respond.
    NoAnswer {
        limit: Duration,
    },
}

impl Connector {
    /// Reads the certificates that the URL names.
    pub fn new(url: &ConnectionUrl) -> Result<Self, TlsError> {
        let addresses = u32::try_from(url.addresses().len()).unwrap_or(u32::MAX);
        let each = url
            .config()
            .get_connect_timeout()
            .copied()
            .unwrap_or_default();
        Ok(Self {
            attempts: url
                .tls()
                .attempts()
                .iter()
                .map(|mode| with_mode(url.config(), *mode))
                .collect(),
            tls: url.tls().connector()?,
            timeout: each.saturating_mul(addresses),
        })
    }

    /// The last attempt, for pools that open connections themselves.
    pub fn config(&self) -> &Config {
        self.attempts_in_order().0
    }

    /// For cancelling: a cancel request uses a connection of its own.
    pub fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }

    /// Whether connections use TLS; `None` if the server decides.
    pub fn is_encrypted(&self) -> Option<bool> {
        let all = |mode| {
            self.attempts
                .iter()
                .all(|config| config.get_ssl_mode() == mode)
        };
        match (all(SslMode::Require), all(SslMode::Disable)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            (false, false) => None,
        }
    }

    /// The caller polls the connection, usually in a task of its own.
    ///
    /// The limit also covers a case that the driver's own does not: a server that accepts the connection and never
    /// responds.
    pub async fn connect(&self) -> Result<(Client, Connection), ConnectError> {
        let opening = async { Ok(self.try_in_order().await?) };
        self.within_limit(opening).await
    }

    pub(super) async fn within_limit<T>(
        &self,
        opening: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        tokio::time::timeout(self.timeout, opening)
            .await
            .unwrap_or(Err(ConnectError::NoAnswer {
                limit: self.timeout,
            }))
    }

    /// The last attempt, and those before it.
    pub(super) fn attempts_in_order(&self) -> (&Config, &[Config]) {
        self.attempts
            .split_last()
            .expect("a policy has at least one attempt")
    }

    async fn try_in_order(&self) -> Result<(Client, Connection), Error> {
        let (last, earlier) = self.attempts_in_order();
        for config in earlier {
            match config.connect(self.tls.clone()).await {
                Err(error) if may_work_with_another_mode(&error) => {}
                outcome => return outcome,
            }
        }
        last.connect(self.tls.clone()).await
    }
}

fn with_mode(config: &Config, mode: SslMode) -> Config {
    let mut config = config.clone();
    config.ssl_mode(mode);
    config
}

/// pg_hba.conf rejects a connection for using TLS, or for not using it, with 28000; a failed handshake is not a
/// PostgreSQL error at all.
pub(super) fn may_work_with_another_mode(error: &Error) -> bool {
    if let Some(code) = error.code() {
        return *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION;
    }
    let kind = error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .map(std::io::Error::kind);
    matches!(
        kind,
        Some(ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
    )
}
