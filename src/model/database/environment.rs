//! The databases that the environment configures.

use deadpool_postgres::Transaction;

use crate::error::Error;
use crate::model::audit::Note;
use crate::model::secret::secret_key::store_key::store_sealer;
use crate::model::{SecretKey, What};
use crate::postgres::ConnectionUrl;
use crate::store::Store;

/// A database from the environment. Only administrators may query it until one of them opens it.
#[derive(Clone, Debug)]
pub struct EnvironmentDatabase {
    /// In lower case: `sales` for `DATACLIPS_DATABASE_SALES_URL`.
    pub name: String,
    pub url: ConnectionUrl,
}

impl EnvironmentDatabase {
    /// Adds and updates databases as the environment says. Does not change who may query a known one, and never takes over
    /// the sample, even with the same name.
    pub async fn follow(store: &Store, key: &SecretKey, found: &[Self]) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        for database in found {
            database.keep(&transaction, key).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The names of those that came from the environment and are not in it any more.
    pub async fn missing(store: &Store, found: &[Self]) -> Result<Vec<String>, Error> {
        let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
        let sql = "select name from databases
                   where source = 'environment' and name <> all ($1)
                   and not exists (select from database_removals where database_id = databases.id)
                   order by name";
        let rows = store.client().await?.query(sql, &[&names]).await?;
        Ok(rows.iter().map(|row| row.get("name")).collect())
    }

    /// Removes databases that came from the environment.
    pub async fn remove(store: &Store, names: &[String]) -> Result<(), Error> {
        let sql = "insert into database_removals (database_id)
                   select id from databases where source = 'environment' and name = any ($1)
                   on conflict do nothing
                   returning database_id";
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        for row in transaction.query(sql, &[&names]).await? {
            let note = Note::new(What::DatabaseRemoved).database(row.get("database_id"));
            note.detail("by the environment")
                .write(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn keep(&self, transaction: &Transaction<'_>, key: &SecretKey) -> Result<(), Error> {
        let change = self.change(transaction, key).await?;
        let sealer = store_sealer(transaction, key).await?;
        let url_sealed = sealer.seal(self.url.expose()).map_err(Error::internal)?;
        let kept = transaction
            .query_opt(
                "with kept as (
                     insert into databases (name, url_sealed, source)
                     values ($1, $2, 'environment')
                     on conflict on constraint databases_name_key do update
                     set url_sealed = excluded.url_sealed, source = excluded.source, updated_at = now()
                     where databases.source <> 'embedded'
                     returning id
                 ), restored as (
                     delete from database_removals using kept where database_id = kept.id
                 )
                 select id from kept",
                &[&self.name, &url_sealed],
            )
            .await?;
        if let Some((row, what)) = kept.zip(change) {
            let note = Note::new(what).database(row.get("id"));
            note.detail("by the environment").write(transaction).await?;
        }
        Ok(())
    }

    /// What becomes of it, if anything does.
    async fn change(
        &self,
        transaction: &Transaction<'_>,
        key: &SecretKey,
    ) -> Result<Option<What>, Error> {
        let sql = "select url_sealed, exists (select from database_removals where database_id = id) as is_removed
                   from databases where name = $1";
        let Some(row) = transaction.query_opt(sql, &[&self.name]).await? else {
            return Ok(Some(What::DatabaseAdded));
        };
        let url = key.for_urls().open(row.get("url_sealed"));
        Ok(match row.get("is_removed") {
            true => Some(What::DatabaseRestored),
            false if url.as_deref() != Some(self.url.expose()) => Some(What::DatabaseChanged),
            false => None,
        })
    }
}
