//! Our own PostgreSQL database: its connections and its migrations. The SQL on it lives in `model`.

mod dialer;
mod fitness;
mod listener;
mod metrics;
mod migration;
mod readiness;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod,
};
use tokio::time::{sleep, timeout};

use crate::error::{Error, StoreUnfit};
use crate::postgres::Connector;
use dialer::Dialer;
pub use listener::Listener;
pub use metrics::StoreMetrics;
use readiness::Check;
pub use readiness::Schema;

const CONNECTIONS_MAX: usize = 16;
/// How long a request waits for a connection before it fails with a request to try again.
const WAIT_MAX: Duration = Duration::from_secs(9);
/// How often a server that nobody asks looks itself, so that it finds the store again after a failover.
const WATCH_EVERY: Duration = Duration::from_secs(5);

/// A pool of connections to the store, migrated. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    dialer: Arc<Dialer>,
    check: Arc<Check>,
    /// The fingerprints of the secret keys that we know.
    keys: Arc<OnceLock<Vec<[u8; 32]>>>,
    metrics: Arc<StoreMetrics>,
}

impl Store {
    /// Connects and brings the store's tables up to date.
    pub async fn open(connector: &Connector) -> Result<Self, Error> {
        let dialer = Arc::new(Dialer::new(connector));
        let store = Self {
            pool: pool(&dialer)?,
            dialer,
            check: Arc::default(),
            keys: Arc::default(),
            metrics: Arc::new(StoreMetrics::new()),
        };
        let (first, second) = (store.client().await?, store.client().await?);
        fitness::refuse_unfit(&first, &second).await?;
        migration::migrate(&mut *store.dialer.for_migrations().await?).await?;
        Ok(store)
    }

    /// For a request: statements and waits for locks take seconds at most.
    pub async fn client(&self) -> Result<deadpool_postgres::Client, Error> {
        let asked = Instant::now();
        let client = timeout(WAIT_MAX, self.pool.get()).await;
        self.metrics.note_wait(asked.elapsed().as_secs_f64());
        match client {
            Ok(client) => client.map_err(Error::store_pool),
            Err(_) => Err(Error::StoreUnavailable),
        }
    }

    /// For statements on many rows, which may take minutes: a connection of its own.
    pub async fn patient_client(&self) -> Result<ClientWrapper, Error> {
        Ok(self.dialer.patient().await?)
    }

    /// Fails unless the store can be queried and changed now, has a schema that serves this program, and our secret key.
    pub async fn check(&self) -> Result<Schema, Error> {
        let asked = Instant::now();
        let seen = self.check.look(&self.dialer).await;
        let elapsed = asked.elapsed();
        let judged = seen.and_then(|seen| seen.judge(self.keys.get().map(|keys| &keys[..])));
        if let Err(Error::StoreReadOnly | Error::StoreUnfit(StoreUnfit::Silent)) = &judged {
            // The primary may be elsewhere by now.
            self.dialer.silence.note();
        }
        self.metrics
            .note_check(judged.is_ok(), elapsed.as_secs_f64());
        judged
    }

    /// The schema that this program knows.
    pub fn schema_version() -> i32 {
        migration::newest()
    }

    /// From now on, the store is not ready unless its key, and the one that it replaces, have these fingerprints.
    pub fn expect_key(&self, fingerprints: Vec<[u8; 32]>) {
        let _ = self.keys.set(fingerprints);
    }

    /// Checks the store now and then, and says when that has another outcome.
    pub async fn watch(&self) {
        let mut said = String::new();
        loop {
            let words = match self.check().await {
                Ok(Schema::Known) => String::new(),
                Ok(newer) => newer.to_string(),
                Err(error) => error.to_string(),
            };
            match (words == said, words.is_empty()) {
                (true, _) => {}
                (false, true) => tracing::info!("the store is ready again"),
                (false, false) => tracing::warn!("the store: {words}"),
            }
            said = words;
            sleep(WATCH_EVERY).await;
        }
    }

    /// Closes all connections.
    pub fn close(&self) {
        self.pool.close();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Store")
    }
}

fn pool(dialer: &Dialer) -> Result<Pool, Error> {
    let fast = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let silence = dialer.silence.clone();
    Pool::builder(Manager::from_connect(dialer.config(), dialer.clone(), fast))
        .max_size(CONNECTIONS_MAX)
        .runtime(deadpool_postgres::Runtime::Tokio1)
        // Where one connection led to a silent server, the others do too.
        .pre_recycle(Hook::sync_fn(move |_, metrics| {
            match silence.is_after(metrics.created) {
                true => Err(HookError::message("the server fell silent")),
                false => Ok(()),
            }
        }))
        .build()
        .map_err(Error::internal)
}
