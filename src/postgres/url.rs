//! A database's connection URL, read as libpq reads it, and the `tokio-postgres` settings made from it.
//!
//! Nothing is read from the environment. The URL holds a password: only [`ConnectionUrl::expose`] shows it.

mod encryption;
mod error;
mod grammar;
mod known;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_postgres::Config;

use super::server_kind::ServerKind;
use super::tls::Policy;
pub use error::UrlError;
use grammar::{Pieces, Values};

const PLAIN_IN_URLS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A valid connection URL. Formats without its password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionUrl {
    text: String,
    addresses: Vec<Address>,
    config: Config,
    tls: Policy,
    server_kind: ServerKind,
}

/// One address at which the database may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name, an IP address, or the directory of a Unix socket (then it starts with `/`).
    pub host: String,
    pub port: u16,
}

impl ConnectionUrl {
    /// Reads `postgres://user:password@host:port/database?parameter=value`, with everything that libpq allows in it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let values = Values::read(text)?;
        let addresses = settings::addresses(&values)?;
        let tls = encryption::tls(&values, &addresses)?;
        let config = settings::config(&values, &addresses)?;
        let server_kind = settings::server_kind(&values)?;
        Ok(Self {
            text: text.to_owned(),
            addresses,
            config,
            tls,
            server_kind,
        })
    }

    /// The same database at the same addresses with the same parameters, for another user.
    pub fn with_credentials(&self, user: &str, password: &str) -> Result<Self, UrlError> {
        self.with_user(&format!("{}:{}", encode(user), encode(password)))
    }

    /// The same URL for the same user, safe to show to the person who entered it.
    pub fn without_password(&self) -> Result<Self, UrlError> {
        self.with_user(&encode(self.user()).to_string())
    }

    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    fn with_user(&self, credentials: &str) -> Result<Self, UrlError> {
        let pieces = Pieces::split(&self.text)?;
        let parameters: Vec<_> = pieces.neutral_parameters().collect();
        let mark = match parameters.is_empty() {
            true => "",
            false => "?",
        };
        Self::parse(&format!(
            "postgresql://{credentials}@{}/{}{mark}{}",
            pieces.addresses,
            encode(self.database()),
            parameters.join("&")
        ))
    }

    /// The addresses to try, in order. Never empty.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// The database's name on its server.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    pub fn tls(&self) -> &Policy {
        &self.tls
    }

    /// Which kind of server is meant.
    pub(super) fn server_kind(&self) -> ServerKind {
        self.server_kind
    }

    /// Everything except TLS, which a [`Connector`](super::connect::Connector) adds.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The URL with its password; callers encrypt it right away.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl Address {
    pub fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

impl fmt::Display for ConnectionUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<_> = self.addresses.iter().map(Address::to_string).collect();
        write!(
            formatter,
            "postgresql://{}@{}/{}",
            encode(self.user()),
            addresses.join(","),
            encode(self.database())
        )
    }
}

impl fmt::Debug for ConnectionUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(formatter, "[{}]:{}", self.host, self.port),
            false => write!(formatter, "{}:{}", encode(&self.host), self.port),
        }
    }
}

fn encode(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, PLAIN_IN_URLS)
}
