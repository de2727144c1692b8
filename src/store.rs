//! Our own PostgreSQL database: its connections and its migrations. The SQL on it lives in `model`.

mod fitness;
mod listener;

use std::fmt;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::{Client, Config};

use crate::error::Error;
use crate::postgres::Tls;
pub use listener::Listener;

mod migrations {
    refinery::embed_migrations!("migrations");
}

const CONNECTIONS_MAX: usize = 16;
/// How long a request waits for the store before it fails with a request to try again.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A list of clips is a long statement that reads few rows: JIT compilation takes a hundred times as long as running
/// it.
const SETTINGS: &str = "set jit = off";
/// An advisory lock's key: servers that start together migrate one after the other.
const MIGRATION_LOCK: i64 = 0x6461_7461_636c_6970;

/// A pool of connections to the store, migrated. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    /// For connections beside the pool.
    config: Config,
    tls: Tls,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Connects and brings the store's tables up to date.
    pub async fn open(config: Config, tls: Tls) -> Result<Self, Error> {
        let manager = Manager::from_config(
            config.clone(),
            tls.clone(),
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS_MAX)
            .wait_timeout(Some(WAIT_MAX))
            .create_timeout(Some(WAIT_MAX))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async {
                    let set = client.batch_execute(SETTINGS).await;
                    set.map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(Error::internal)?;
        let store = Self { pool, config, tls };
        store.refuse_unfit().await?;
        store.migrate().await?;
        Ok(store)
    }

    pub async fn client(&self) -> Result<deadpool_postgres::Client, Error> {
        self.pool.get().await.map_err(Error::store_pool)
    }

    /// Fails unless the store can be queried and changed, and is migrated.
    pub async fn check(&self) -> Result<(), Error> {
        self.refuse_unfit().await?;
        let client = self.client().await?;
        client
            .query_typed_one("select from store_marker", &[])
            .await?;
        Ok(())
    }

    async fn refuse_unfit(&self) -> Result<(), Error> {
        let (first, second) = (self.client().await?, self.client().await?);
        fitness::refuse_unfit(&first, &second).await
    }

    /// Closes all connections.
    pub fn close(&self) {
        self.pool.close();
    }

    async fn migrate(&self) -> Result<(), Error> {
        let mut client = self.client().await?;
        let client: &mut Client = &mut client;
        client
            .execute("select pg_advisory_lock($1)", &[&MIGRATION_LOCK])
            .await?;
        let migrated = migrations::migrations::runner().run_async(client).await;
        client
            .execute("select pg_advisory_unlock($1)", &[&MIGRATION_LOCK])
            .await?;
        migrated.map_err(Error::internal)?;
        Ok(())
    }
}
