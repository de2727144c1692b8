//! A migrated store with an administrator, and a database to query, for servers that are programs of their own.

use super::server;

pub struct Databases {
    /// Names of the two in the shared cluster.
    pub store: String,
    pub data: String,
    /// The token of `ada@example.com`, an administrator.
    pub token: String,
}

impl Databases {
    pub async fn create() -> Self {
        let (store, data) = server::databases().await;
        let token = server::administrators_token().await.to_owned();
        Self { store, data, token }
    }

    /// With a store that is elsewhere, empty so far.
    pub async fn with_store_at(url: &str) -> Self {
        let (store, data) = server::databases().await;
        let token = server::add_administrator(url).await;
        Self { store, data, token }
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        server::leave(&self.data);
    }
}
