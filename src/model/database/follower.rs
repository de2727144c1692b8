//! The followers of a database: read replicas, each with a URL of its own.

use std::sync::Arc;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::sealed_url::SealedUrl;
use super::{Database, parse_label};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::secret::secret_key::store_key::store_sealer;
use crate::model::{SecretKey, What};
use crate::postgres::ConnectionUrl;
use crate::store::Store;

/// A connection to each of them is asked how it is.
const FOLLOWERS_MAX: usize = 16;

#[derive(Clone, Debug)]
pub struct Follower {
    pub id: i64,
    pub name: String,
    pub created_at: Timestamp,
    url: SealedUrl,
}

/// The followers of the row's database, in columns of equal length.
pub(in crate::model) const FOLLOWERS: &str = "
    array(select id from followers where database_id = databases.id order by name) as follower_ids,
    array(select followers.name from followers where database_id = databases.id order by name) as follower_names,
    array(select followers.created_at from followers where database_id = databases.id order by name)
        as follower_created_at,
    array(select followers.url_sealed from followers where database_id = databases.id order by name) as follower_urls";

impl Follower {
    /// Of the row's database; reads [`FOLLOWERS`].
    pub(super) fn all_from_row(row: &Row) -> Vec<Self> {
        let ids: Vec<i64> = row.get("follower_ids");
        let names: Vec<String> = row.get("follower_names");
        let created_at: Vec<Timestamp> = row.get("follower_created_at");
        let urls: Vec<Vec<u8>> = row.get("follower_urls");
        let all = ids.into_iter().zip(names).zip(created_at).zip(urls);
        all.map(|(((id, name), created_at), url)| Self {
            id,
            name,
            created_at,
            url: SealedUrl::new(url),
        })
        .collect()
    }

    pub fn url(&self, key: &SecretKey) -> Result<Arc<ConnectionUrl>, Error> {
        let whose = || format!("follower “{}”", self.name);
        self.url.open(key, whose)
    }
}

impl Database {
    /// Whether it may have another follower with this name; checked before a connection is tried.
    pub fn check_follower_name(&self, name: &str) -> Result<(), Error> {
        let name = parse_name(name)?;
        if self.followers.iter().any(|follower| follower.name == name) {
            let sentence = "The database has a follower with this name already.";
            return Err(Error::invalid("name", sentence));
        }
        match self.followers.len() < FOLLOWERS_MAX {
            true => Ok(()),
            false => Err(Error::invalid(
                "name",
                format!("A database has at most {FOLLOWERS_MAX} followers."),
            )),
        }
    }

    /// Adds a follower whose URL was tried.
    pub async fn add_follower(
        &self,
        store: &Store,
        key: &SecretKey,
        name: &str,
        url: &ConnectionUrl,
    ) -> Result<Self, Error> {
        let name = parse_name(name)?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        // Others may have added some since the name was checked.
        let sql = "select from databases where id = $1 for no key update";
        transaction.query_one(sql, &[&self.id]).await?;
        let locked = Self::load(&transaction, self.id).await?;
        locked.check_follower_name(name)?;
        let sealer = store_sealer(&transaction, key).await?;
        let url_sealed = sealer.seal(url.expose()).map_err(Error::internal)?;
        transaction
            .execute(
                "insert into followers (database_id, name, url_sealed) values ($1, $2, $3)",
                &[&self.id, &name, &url_sealed],
            )
            .await?;
        self.note(&transaction, What::FollowerAdded, name).await?;
        let changed = Self::load(&transaction, self.id).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    pub async fn remove_follower(&self, store: &Store, follower: &Follower) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "delete from followers where id = $1 and database_id = $2";
        let removed = transaction.execute(sql, &[&follower.id, &self.id]).await?;
        if removed > 0 {
            self.note(&transaction, What::FollowerRemoved, &follower.name)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn note(
        &self,
        client: &impl GenericClient,
        what: What,
        detail: &str,
    ) -> Result<(), Error> {
        let note = Note::new(what).database(self.id);
        note.detail(detail).write(client).await
    }
}

/// Responses name it in headers and addresses.
fn parse_name(name: &str) -> Result<&str, Error> {
    parse_label(name)
        .ok_or_else(|| Error::invalid("name", "Give the follower a name of 1 to 100 characters."))
}
