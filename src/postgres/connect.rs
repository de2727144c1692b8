//! Opens connections to a database, trying modes in libpq's order, within one time limit.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::TlsError;
use super::url::ConnectionUrl;

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

    /// For pools, and for connections that are signed in over a lent stream.
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

    /// Opens a connection in one mode after the other, as far as the policy allows.
    ///
    /// The limit also covers a server that accepts the connection and never responds.
    pub(super) async fn in_order<'a, T>(
        &'a self,
        open: impl Fn(&'a Config) -> BoxFuture<'a, Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        let (last, earlier) = self.attempts_in_order();
        let opening = async {
            for config in earlier {
                match open(config).await {
                    Err(error) if error.may_work_with_another_mode() => {}
                    outcome => return outcome,
                }
            }
            open(last).await
        };
        let limit = self.timeout;
        timeout(limit, opening)
            .await
            .unwrap_or(Err(ConnectError::NoAnswer { limit }))
    }

    /// The last attempt, and those before it.
    fn attempts_in_order(&self) -> (&Config, &[Config]) {
        self.attempts
            .split_last()
            .expect("a policy has at least one attempt")
    }
}

fn with_mode(config: &Config, mode: SslMode) -> Config {
    let mut config = config.clone();
    config.ssl_mode(mode);
    config
}

impl ConnectError {
    /// PostgreSQL's or a pooler's code for why it refuses the connection.
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            Self::Socket(_) | Self::NoAnswer { .. } => None,
        }
    }

    /// pg_hba.conf rejects a connection for using TLS, or for not using it, with 28000; a failed handshake is not a
    /// PostgreSQL error at all.
    fn may_work_with_another_mode(&self) -> bool {
        if let Some(code) = self.code() {
            return *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION;
        }
        let Self::Postgres(error) = self else {
            return false;
        };
        let kind = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>())
            .map(io::Error::kind);
        matches!(
            kind,
            Some(ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
        )
    }
}

impl From<Error> for ConnectError {
    fn from(error: Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}
