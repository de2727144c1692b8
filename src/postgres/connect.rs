//! How to connect to a database: in which modes of TLS, to which of its hosts, for how long. And why it failed.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::server_kind::ServerKind;
use super::silence::SilenceLimit;
use super::tls::{HandshakeError, TlsConnector, TlsError};
use super::url::ConnectionUrl;

/// What the library says where we asked for TLS.
const NOT_OFFERED: &str = "server does not support TLS";
/// How long sent bytes, or the probes of an idle connection, may go unacknowledged before the host counts as gone.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(8);
/// All within [`ACKNOWLEDGED_WITHIN`]: after that time Linux ends a connection at the first unanswered probe, so several have to
/// come before.
const FOR_FAILOVER: Keepalive = Keepalive {
    idle: Duration::from_secs(2),
    interval: Duration::from_secs(2),
    retries: 3,
};
/// More often than address translation and load balancers forget a connection that is silent, as during a long query: Azure's
/// do so after four minutes.
const FOR_LONG_QUERIES: Keepalive = Keepalive {
    idle: Duration::from_secs(60),
    interval: Duration::from_secs(15),
    retries: 4,
};
/// The library's, for a URL that does not say.
const KEEPALIVE_IDLE_DEFAULT: Duration = Duration::from_secs(7_200);

/// When a host that sends nothing is asked whether it is still there.
#[derive(Clone, Copy)]
struct Keepalive {
    idle: Duration,
    interval: Duration,
    retries: u32,
}

/// Opens connections to one database.
#[derive(Clone)]
pub struct Connector {
    /// The modes to try at each address, in order. Never empty.
    pub(super) attempts: Vec<Config>,
    pub(super) server_kind: ServerKind,
    /// Of each host in the URL, with its port.
    pub(super) hosts: Vec<String>,
    /// For each address that a host has.
    pub(super) limit: Duration,
    pub(super) silence: Option<SilenceLimit>,
    /// Where the last connection was opened, for a URL whose hosts take over from each other.
    pub(super) last_host: Option<Arc<AtomicUsize>>,
    tls: TlsConnector,
}

/// Why a connection could not be opened.
#[derive(Debug)]
pub enum ConnectError {
    /// PostgreSQL or a pooler refused, or the library did not understand it.
    Postgres(Error),
    Handshake(HandshakeError),
    /// The host's name stands for no address.
    Unresolved(io::Error),
    Socket(io::Error),
    /// The server accepted the connection but did not respond.
    NoAnswer {
        limit: Duration,
    },
    /// The server is not what `target_session_attrs` asks for.
    OtherKind(ServerKind),
    /// Each of several hosts failed. Never empty.
    Hosts(Vec<HostError>),
}

#[derive(Debug)]
pub struct HostError {
    /// With its port.
    pub host: String,
    pub error: ConnectError,
}

impl Connector {
    /// Reads the certificates that the URL names.
    pub fn new(url: &ConnectionUrl) -> Result<Self, TlsError> {
        let limit = url.config().get_connect_timeout().copied();
        let modes = url.tls().attempts().iter();
        Ok(Self {
            attempts: modes.map(|mode| with_mode(url.config(), *mode)).collect(),
            server_kind: url.server_kind(),
            hosts: url.addresses().iter().map(ToString::to_string).collect(),
            limit: limit.unwrap_or_default(),
            silence: None,
            last_host: None,
            tls: TlsConnector::new(url.tls())?,
        })
    }

    /// For statements during which nothing is sent for minutes.
    pub fn for_long_queries(mut self) -> Self {
        let attempts = self.attempts.iter_mut();
        attempts.for_each(|config| FOR_LONG_QUERIES.complete(config));
        self
    }

    /// For a database that has to be found again soon when its server, or the network to it, fails: each address gets at
    /// most this long, connections end after a silence, and of several hosts the one that accepts changes is taken, the
    /// last one first.
    pub fn for_failover(mut self, connect_max: Duration, silence: SilenceLimit) -> Self {
        self.limit = self.limit.min(connect_max);
        self.silence = Some(silence);
        if self.hosts.len() > 1 {
            self.last_host = Some(Arc::default());
            if self.server_kind == ServerKind::Any {
                self.server_kind = ServerKind::ReadWrite;
            }
        }
        self.attempts.iter_mut().for_each(notice_lost_hosts);
        self
    }

    /// The same, for statements that take longer.
    pub fn with_silence(&self, silence: SilenceLimit) -> Self {
        let silence = Some(silence);
        Self {
            silence,
            ..self.clone()
        }
    }

    /// The position of the host to try first.
    pub(super) fn last_host(&self) -> Option<usize> {
        let last = self.last_host.as_ref();
        last.map(|last| last.load(Ordering::Relaxed))
    }

    pub(super) fn note_host(&self, index: usize) {
        if let Some(last) = &self.last_host {
            last.store(index, Ordering::Relaxed);
        }
    }

    /// The last attempt, for pools that open connections themselves.
    pub fn config(&self) -> &Config {
        let last = self.attempts.last();
        last.expect("a policy has at least one attempt")
    }

    /// For pools, and for connections that are signed in over a lent stream.
    pub fn tls(&self) -> MakeRustlsConnect {
        self.tls.newest()
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
}

impl Keepalive {
    /// Sets what the URL leaves open.
    fn complete(self, config: &mut Config) {
        if config.get_keepalives_idle() == KEEPALIVE_IDLE_DEFAULT {
            config.keepalives_idle(self.idle);
        }
        let interval = config.get_keepalives_interval();
        config.keepalives_interval(interval.unwrap_or(self.interval));
        let retries = config.get_keepalives_retries();
        config.keepalives_retries(retries.unwrap_or(self.retries));
    }
}

/// The limit on acknowledgements covers all probes, also where the URL makes them rarer.
fn notice_lost_hosts(config: &mut Config) {
    FOR_FAILOVER.complete(config);
    if config.get_tcp_user_timeout().is_none() {
        let interval = config.get_keepalives_interval().unwrap_or_default();
        let retries = config.get_keepalives_retries().unwrap_or_default();
        let probed_for = config.get_keepalives_idle() + interval * retries;
        config.tcp_user_timeout(probed_for.max(ACKNOWLEDGED_WITHIN));
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
        match self.most_telling() {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }

    /// Of several hosts' errors, that which is most about the database; of equal ones the first.
    pub fn most_telling(&self) -> &Self {
        let Self::Hosts(hosts) = self else {
            return self;
        };
        let errors = hosts.iter().map(|host| &host.error);
        first_max(errors, |error| error.rank()).unwrap_or(self)
    }

    /// Nearer to the database's rows is more.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Unresolved(_) | Self::NoAnswer { .. } => 0,
            Self::Socket(_) => 1,
            Self::OtherKind(_) => 2,
            Self::Handshake(_) => 3,
            Self::Postgres(_) => 4,
            Self::Hosts(_) => self.most_telling().rank(),
        }
    }

    /// Whether a host would do if another kind of server were asked for.
    pub(super) fn is_about_kind(&self) -> bool {
        match self {
            Self::OtherKind(_) => true,
            Self::Hosts(hosts) => hosts.iter().any(|host| host.error.is_about_kind()),
            _ => false,
        }
    }

    /// pg_hba.conf rejects a connection for using TLS, or for not using it, with 28000; a failed handshake is not a
    /// PostgreSQL error at all.
    pub(super) fn may_work_with_another_mode(&self) -> bool {
        if let Some(code) = self.code() {
            return *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION;
        }
        let kind = match self {
            Self::Handshake(_) => return true,
            Self::Postgres(error) => io_error(error).map(io::Error::kind),
            _ => None,
        };
        matches!(
            kind,
            Some(ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
        )
    }
}

impl From<Vec<HostError>> for ConnectError {
    /// The error of a single host is told without it.
    fn from(mut hosts: Vec<HostError>) -> Self {
        match (hosts.pop(), hosts.is_empty()) {
            (Some(only), true) => only.error,
            (last, _) => {
                hosts.extend(last);
                Self::Hosts(hosts)
            }
        }
    }
}

impl From<Error> for ConnectError {
    fn from(error: Error) -> Self {
        let handshake = match (io_error(&error), error.source()) {
            (Some(error), _) => HandshakeError::from_io(error),
            (None, Some(source)) if source.to_string() == NOT_OFFERED => {
                Some(HandshakeError::NotOffered)
            }
            (None, _) => None,
        };
        handshake.map_or(Self::Postgres(error), Self::Handshake)
    }
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Socket(error)
    }
}

fn io_error(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

/// `max_by_key` returns the last one.
pub(super) fn first_max<T, K: Ord>(
    values: impl DoubleEndedIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Option<T> {
    values.rev().max_by_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(options: &str) -> Connector {
        let url = format!("postgres://dataclips@db.example.com/data{options}");
        Connector::new(&ConnectionUrl::parse(&url).unwrap()).unwrap()
    }

    #[test]
    fn one_lost_probe_ends_no_connection() {
        let silence = SilenceLimit::new(Duration::from_secs(8));
        for options in ["", "?keepalives_idle=30", "?keepalives_interval=20"] {
            let connector =
                connector(options).for_failover(Duration::from_secs(4), silence.clone());
            for config in &connector.attempts {
                let (interval, retries) = (
                    config.get_keepalives_interval().unwrap(),
                    config.get_keepalives_retries().unwrap(),
                );
                let probed_for = config.get_keepalives_idle() + interval * retries;
                assert!(retries > 1);
                assert!(
                    *config.get_tcp_user_timeout().unwrap() >= probed_for,
                    "{options}"
                );
            }
        }
    }

    #[test]
    fn a_long_query_is_not_silent_for_minutes_unless_the_url_says_so() {
        let idle = |options: &str| {
            let connector = connector(options).for_long_queries();
            connector.config().get_keepalives_idle()
        };
        assert_eq!(idle(""), Duration::from_secs(60));
        assert_eq!(idle("?keepalives_idle=300"), Duration::from_secs(300));
    }
}
