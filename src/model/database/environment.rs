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
    /// Adds, updates and removes databases, so that the store matches the environment. Does not change who may query a
    /// known one, and never takes over the sample, even with the same name.
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
        let names: Vec<&str> = found
            .iter()
            .map(|database| database.name.as_str())
            .collect();
        transaction
            .execute(
                "insert into database_removals (database_id)
                 select id from databases
                 where source = 'environment' and name <> all ($1)
                 on conflict do nothing",
                &[&names],
            )
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
