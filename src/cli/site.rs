//! What every command works on: the store, its key, and the private PostgreSQL if there is one.

use std::path::Path;

use super::{Failure, explain, explain_run};
use crate::config::{Config, StoreSettings};
use crate::embedded::Cluster;
use crate::error::StoreUnfit;
use crate::model::{SecretKey, adopt_key, expect_key, follow_sample_database, take_over_store_key};
use crate::postgres::{ConnectionUrl, Connector};
use crate::run;
use crate::run::Identity;
use crate::store::Store;

/// An open store.
pub struct Site {
    pub store: Store,
    pub key: SecretKey,
    /// Whether the key is the one that the store's secrets are sealed with.
    pub has_its_key: bool,
    pub cluster: Option<Cluster>,
}

impl Site {
    /// Starts the private PostgreSQL, if it is used, and keeps it running.
    pub async fn open_for_server(config: &Config) -> Result<Self, Failure> {
        match &config.store {
            StoreSettings::Embedded { data_dir, key } => {
                let site = Self::embedded(Cluster::start(data_dir).await?, data_dir, key).await?;
                match take_over_store_key(&site.store, &site.key).await {
                    Ok(()) => Ok(site),
                    Err(error) => {
                        site.close().await;
                        Err(error.into())
                    }
                }
            }
            StoreSettings::External { url, key } => {
                Self::external(&Connector::new(url)?, key).await
            }
        }
    }

    /// Uses the running server's private PostgreSQL, or starts it for the duration of a command.
    pub async fn open_for_command(config: &Config) -> Result<Self, Failure> {
        match &config.store {
            StoreSettings::Embedded { data_dir, key } => {
                Self::embedded(Cluster::attach_or_start(data_dir).await?, data_dir, key).await
            }
            StoreSettings::External { url, key } => {
                Self::external(&Connector::new(url)?, key).await
            }
        }
    }

    /// Identifies the store's database, so that it is never queried.
    pub async fn identity(&self) -> Result<Identity, Failure> {
        Ok(Identity::read(&*self.store.client().await?).await?)
    }

    pub async fn close(self) {
        let Self { store, cluster, .. } = self;
        store.close();
        if let Some(cluster) = cluster {
            cluster.stop().await;
        }
    }

    async fn embedded(
        cluster: Cluster,
        data_dir: &Path,
        key: &Option<SecretKey>,
    ) -> Result<Self, Failure> {
        let opened = async {
            let key = match key {
                Some(key) => key.clone(),
                None => SecretKey::from_data_dir(data_dir)?,
            };
            let url = ConnectionUrl::parse(&cluster.store_url())?;
            let store = Store::open(&Connector::new(&url)?).await?;
            adopt_key(&store, &key).await?;
            if cluster.is_new() {
                // Done first, so that nothing else, such as an import, can take the sample database's name.
                let sample = ConnectionUrl::parse(&cluster.sample_url())?;
                follow_sample_database(&store, &key, &sample).await?;
            }
            Ok::<_, Failure>((store, key))
        };
        match opened.await {
            Ok((store, key)) => Ok(Self {
                store,
                key,
                // Nobody else uses it.
                has_its_key: true,
                cluster: Some(cluster),
            }),
            Err(failure) => {
                cluster.stop().await;
                Err(failure)
            }
        }
    }

    async fn external(connector: &Connector, key: &SecretKey) -> Result<Self, Failure> {
        // Tried separately first, since the pool reports only that it failed.
        if let Err(error) = connector.sign_in("").await {
            let why = explain_run(&run::Failure::from(error));
            return Err(format!("DATABASE_URL: {why}").into());
        }
        let store = Store::open(connector).await;
        let store = store.map_err(|error| format!("DATABASE_URL: {}", explain(&error)))?;
        let has_its_key = expect_key(&store, key).await?;
        if !has_its_key {
            tracing::error!("{}", why_not(&store).await);
        }
        Ok(Self {
            store,
            key: key.clone(),
            has_its_key,
            cluster: None,
        })
    }
}

/// What is wrong with the key, as `/readyz` says it.
async fn why_not(store: &Store) -> String {
    let checked = store.check().await;
    checked.map_or_else(
        |error| error.to_string(),
        |_| StoreUnfit::OtherKey.to_string(),
    )
}
