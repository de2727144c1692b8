//! The databases that the environment configures.

use crate::error::Error;
use crate::model::SecretKey;
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
            let url_sealed = key.seal(database.url.expose()).map_err(Error::internal)?;
            transaction
                .execute(
                    "with kept as (
                         insert into databases (name, url_sealed, source)
                         values ($1, $2, 'environment')
                         on conflict on constraint databases_name_key do update
                         set url_sealed = excluded.url_sealed, source = excluded.source, updated_at = now()
                         where databases.source <> 'embedded'
                         returning id
                     )
                     delete from database_removals using kept where database_id = kept.id",
                    &[&database.name, &url_sealed],
                )
                .await?;
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
                   on conflict do nothing";
        store.client().await?.execute(sql, &[&names]).await?;
        Ok(())
    }
}
