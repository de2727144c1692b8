//! The connections to one database: bounded, with a bounded queue, each checked before its first use.

use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType, Timeouts,
};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error};

use super::session::Session;
use super::{Failure, Identity, Limits, Warning, role};
use crate::postgres::{ConnectionUrl, Connector, Tls};

/// `server_version_num` of the oldest PostgreSQL that is queried.
const VERSION_MIN: u32 = 130_000;
/// How long a question beside the runs may wait for the one connection that serves them.
const ASIDE_WAIT: Duration = Duration::from_secs(5);
/// How long a new connection may take, checks included; to reach the server has a limit in the URL.
const OPENING_MAX: Duration = Duration::from_secs(60);
/// Connections unused for so long are closed: production databases count them.
const IDLE_MAX: Duration = Duration::from_secs(300);

pub(super) struct Database {
    url: ConnectionUrl,
    /// For runs.
    pool: managed::Pool<Opener>,
    /// One connection for progress and schema, so that they never wait behind runs.
    aside: managed::Pool<Opener>,
    /// Places in the pool and in its queue.
    seats: Arc<Semaphore>,
}

/// Opens connections and checks them.
#[derive(Clone)]
pub(super) struct Opener {
    connector: Connector,
    own_store: Identity,
}

/// An open connection that may be used for runs.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) tls: Tls,
    /// `server_version_num`.
    pub(super) version: u32,
    /// The database keeps bytes of which nobody knows what characters they are.
    pub(super) is_without_encoding: bool,
    driver: JoinHandle<()>,
}

impl Database {
    pub(super) fn new(
        url: ConnectionUrl,
        limits: &Limits,
        own_store: Identity,
    ) -> Result<Self, Failure> {
        let opener = Opener::new(&url, own_store)?;
        Ok(Self {
            url,
            pool: pool(&opener, limits.connections),
            aside: pool(&opener, 1),
            seats: Arc::new(Semaphore::new(limits.connections + limits.queue_max)),
        })
    }

    pub(super) fn has_url(&self, url: &ConnectionUrl) -> bool {
        self.url.expose() == url.expose()
    }

    /// A connection for a run; waits in the queue for `wait_max` at most.
    pub(super) async fn session(&self, wait_max: Duration) -> Result<Session, Failure> {
        let Ok(seat) = self.seats.clone().try_acquire_owned() else {
            return Err(Failure::QueueFull);
        };
        Ok(Session::new(take(&self.pool, wait_max).await?, Some(seat)))
    }

    /// The connection that serves questions beside the runs.
    pub(super) async fn aside(&self) -> Result<Session, Failure> {
        Ok(Session::new(take(&self.aside, ASIDE_WAIT).await?, None))
    }

    pub(super) fn release_idle(&self) {
        for pool in [&self.pool, &self.aside] {
            pool.retain(|_, metrics| metrics.last_used() < IDLE_MAX);
        }
    }
}

impl Opener {
    pub(super) fn new(url: &ConnectionUrl, own_store: Identity) -> Result<Self, Failure> {
        Ok(Self {
            connector: Connector::new(url)
                .map_err(|error| Failure::unreachable(error.to_string()))?,
            own_store,
        })
    }

    /// What the role should rather not be able to do.
    pub(super) async fn inspect(&self) -> Result<Vec<Warning>, Failure> {
        let (_, warnings) = self.open().await?;
        Ok(warnings)
    }

    /// The first lock: no run on our own store, nor by a role that READ ONLY does not hold. Checked on every new
    /// connection, since roles change. Refuses servers that are too old, too.
    async fn open(&self) -> Result<(Connection, Vec<Warning>), Failure> {
        let (client, connection) = self.connector.connect().await?;
        let is_without_encoding = connection.parameter("server_encoding") == Some("SQL_ASCII");
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a queried database ended");
            }
        });
        let mut connection = Connection {
            client,
            tls: self.connector.tls(),
            version: 0,
            is_without_encoding,
            driver,
        };
        connection.version = version(&connection.client)
            .await
            .map_err(|error| Failure::of_connecting(&error))?;
        if connection.version < VERSION_MIN {
            return Err(Failure::of_old_server());
        }
        let identity = Identity::read(&connection.client)
            .await
            .map_err(|error| Failure::of_connecting(&error))?;
        if identity.is_same(&self.own_store) {
            return Err(Failure::OwnStore);
        }
        let report = role::check(&mut connection.client)
            .await
            .map_err(|error| Failure::of_connecting(&error))?;
        match Failure::of_role(&report) {
            Some(failure) => Err(failure),
            None => Ok((connection, report.warnings)),
        }
    }
}

impl managed::Manager for Opener {
    type Type = Connection;
    type Error = Failure;

    async fn create(&self) -> Result<Connection, Failure> {
        let (connection, _) = self.open().await?;
        Ok(connection)
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Failure> {
        if connection.client.is_closed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        Ok(())
    }
}

impl Drop for Connection {
    /// Closes the socket at once, whatever PostgreSQL still sends.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn pool(opener: &Opener, connections: usize) -> managed::Pool<Opener> {
    managed::Pool::builder(opener.clone())
        .max_size(connections)
        .runtime(Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime may have timeouts")
}

async fn take(pool: &managed::Pool<Opener>, wait_max: Duration) -> Result<Object<Opener>, Failure> {
    let timeouts = Timeouts {
        wait: Some(wait_max),
        create: Some(OPENING_MAX),
        recycle: None,
    };
    match pool.timeout_get(&timeouts).await {
        Ok(connection) => Ok(connection),
        Err(PoolError::Backend(failure)) => Err(failure),
        Err(PoolError::Timeout(TimeoutType::Wait)) => Err(Failure::QueueFull),
        Err(PoolError::Timeout(_)) => Err(Failure::no_answer(OPENING_MAX)),
        Err(error) => Err(Failure::unreachable(error.to_string())),
    }
}

async fn version(client: &Client) -> Result<u32, Error> {
    let sql = "select pg_catalog.current_setting('server_version_num')::pg_catalog.int4";
    let row = client.query_typed_one(sql, &[]).await?;
    Ok(row.try_get::<_, i32>(0)?.unsigned_abs())
}
