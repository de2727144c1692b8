//! A migrated store with an administrator, and a database to query, for servers that are programs of their own.

use dataclips::model::{Email, NewToken, Role, Token, User};
use dataclips::postgres::{ConnectionUrl, Connector};
use dataclips::store::Store;

use super::server::{self, PASSWORD, shared};

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
        let token = administrator(&shared().socket_url("keeper", &store)).await;
        Self { store, data, token }
    }

    /// With a store that is elsewhere, empty so far.
    pub async fn with_store_at(url: &str) -> Self {
        let (store, data) = server::databases().await;
        let token = administrator(url).await;
        Self { store, data, token }
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        server::leave(&self.data);
    }
}

async fn administrator(store: &str) -> String {
    let connector = Connector::new(&ConnectionUrl::parse(store).unwrap()).unwrap();
    let store = Store::open(&connector).await.unwrap();
    let email = Email::parse("ada@example.com").unwrap();
    let user = User::create(&store, &email, Role::Administrator, PASSWORD).await;
    let token = Token::create(&store, &user.unwrap(), &NewToken::named("test")).await;
    store.close();
    token.unwrap().as_str().to_owned()
}
