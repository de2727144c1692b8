//! A connection to a queried database, checked before its first use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_util::task::AbortOnDropHandle;

use super::pooler::{self, Pooler, Route};
use crate::postgres::{ConnectionUrl, Connector, SignedIn};
use crate::run::{Failure, Identity, Report, role};

/// The oldest supported PostgreSQL.
const VERSION_MIN: u32 = 13;

/// How long a new connection may take, including the checks; the URL limits the time to reach the server.
pub(in crate::run) const OPENING_MAX: Duration = Duration::from_secs(60);

/// Opens connections and checks them.
#[derive(Clone)]
pub(in crate::run) struct Opener {
    connector: Connector,
    own_store: Identity,
    /// Asked once for all connections.
    is_no_pgpool: Arc<AtomicBool>,
}

/// An open connection for questions to the catalogue, beside those for runs.
pub(in crate::run) struct Connection {
    pub(in crate::run) client: Client,
    pub(in crate::run) identity: Identity,
    /// The database stores bytes in an unknown encoding.
    pub(in crate::run) is_without_encoding: bool,
    /// `None` if the URL lets the server decide.
    pub(in crate::run) is_encrypted: Option<bool>,
    pub(in crate::run) pooler: Option<Pooler>,
    /// Dropped, it closes the socket immediately, even if PostgreSQL is still sending.
    _driver: AbortOnDropHandle<()>,
}

impl Connection {
    /// See [`Report::read`].
    pub(in crate::run) async fn report(&mut self) -> Result<Report, Failure> {
        Report::read(&mut self.client, self.is_encrypted, self.pooler).await
    }
}

impl Opener {
    pub(in crate::run) fn new(url: &ConnectionUrl, own_store: Identity) -> Result<Self, Failure> {
        Ok(Self {
            connector: Connector::new(url)
                .map_err(|error| Failure::unreachable(error.to_string()))?
                .for_long_queries(),
            own_store,
            is_no_pgpool: Arc::default(),
        })
    }

    /// For another URL, excluding the same store of ours.
    pub(in crate::run) fn with_url(&self, url: &ConnectionUrl) -> Result<Self, Failure> {
        Self::new(url, self.own_store.clone())
    }

    /// Opens a separate connection to inspect the database.
    pub(in crate::run) async fn inspect(&self) -> Result<Report, Failure> {
        let look = async { self.connect().await?.report().await };
        timeout(OPENING_MAX, look)
            .await
            .unwrap_or_else(|_| Err(Failure::no_answer(OPENING_MAX)))
    }

    /// Checked on every new connection, since roles change.
    async fn open(&self) -> Result<Connection, Failure> {
        let mut connection = self.connect().await?;
        refuse_powerful_role(&mut connection.client).await?;
        Ok(connection)
    }

    /// Connects without checking the role; never to our own store, nor to a server that is too old.
    pub(in crate::run) async fn connect(&self) -> Result<Connection, Failure> {
        let (signed_in, route) = self.sign_in().await?;
        version(&signed_in.server_version)?;
        let is_without_encoding = signed_in.server_encoding == "SQL_ASCII";
        let (client, driver) = signed_in.into_client();
        let identity = Identity::read(&client)
            .await
            .map_err(|error| Failure::from_connect_error(&error))?;
        self.refuse_own_store(&identity)?;
        Ok(Connection {
            client,
            identity,
            is_without_encoding,
            is_encrypted: self.connector.is_encrypted(),
            pooler: route.pooler(),
            _driver: driver,
        })
    }
}

impl Opener {
    /// What stands between us and PostgreSQL. Fails for pgpool-II. `None` if the connection has ended by that question.
    pub(super) async fn route(&self, signed_in: &SignedIn) -> Result<Option<Route>, Failure> {
        let route = Route::look(signed_in).await?;
        if route.is_relayed && !self.is_no_pgpool.load(Ordering::Relaxed) {
            let has_survived = pooler::refuse_pgpool(&signed_in.client).await?;
            self.is_no_pgpool.store(true, Ordering::Relaxed);
            return Ok(has_survived.then_some(route));
        }
        Ok(Some(route))
    }

    async fn sign_in(&self) -> Result<(SignedIn, Route), Failure> {
        loop {
            let signed_in = self.connector.sign_in("").await?;
            if let Some(route) = self.route(&signed_in).await? {
                return Ok((signed_in, route));
            }
        }
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }

    pub(super) fn refuse_own_store(&self, identity: &Identity) -> Result<(), Failure> {
        match identity.is_same(&self.own_store) {
            true => Err(Failure::OwnStore),
            false => Ok(()),
        }
    }
}

impl managed::Manager for Opener {
    type Type = Connection;
    type Error = Failure;

    async fn create(&self) -> Result<Connection, Failure> {
        Box::pin(self.open()).await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Failure> {
        if connection.client.is_closed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        Ok(())
    }
}

/// The first safeguard: no run with a role that READ ONLY cannot restrain.
pub(super) async fn refuse_powerful_role(client: &mut Client) -> Result<(), Failure> {
    let report = role::check(client)
        .await
        .map_err(|error| Failure::from_connect_error(&error))?;
    match Failure::from_role_report(&report) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// PostgreSQL's major version; fails if it is too old.
pub(super) fn version(server_version: &str) -> Result<u32, Failure> {
    match major(server_version) {
        old if old < VERSION_MIN => Err(Failure::old_server()),
        version => Ok(version),
    }
}

/// `15.18 (Debian 15.18-0+deb12u1)` → 15
fn major(version: &str) -> u32 {
    let digits = version.find(|character: char| !character.is_ascii_digit());
    version[..digits.unwrap_or(version.len())]
        .parse()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_server_version_is_parsed() {
        for (text, version) in [
            ("15.18 (Debian 15.18-0+deb12u1)", 15),
            ("13.0", 13),
            ("18beta1", 18),
            ("9.6.24", 9),
            ("", 0),
        ] {
            assert_eq!(major(text), version, "{text:?}");
        }
    }
}
