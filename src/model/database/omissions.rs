//! Which rights are missing from the role that was created for a database; shown on the database's page.

use tokio_postgres::types::Json;

use super::Database;
use crate::error::Error;
use crate::run::role::Omission;
use crate::store::Store;

impl Database {
    /// To be called when the database gets another connection.
    pub async fn note_omissions(&self, store: &Store, omissions: &[Omission]) -> Result<(), Error> {
        let sql = "insert into role_omissions (database_id, omissions) values ($1, $2)
                   on conflict (database_id) do update
                   set omissions = excluded.omissions, noted_at = excluded.noted_at";
        let client = store.client().await?;
        client.execute(sql, &[&self.id, &Json(omissions)]).await?;
        Ok(())
    }

    /// Those noted within the last week: whether somebody has granted the rights since is not known.
    pub async fn omissions(&self, store: &Store) -> Result<Vec<Omission>, Error> {
        let sql = "select omissions from role_omissions
                   where database_id = $1 and noted_at > now() - interval '7 days'";
        let row = store.client().await?.query_opt(sql, &[&self.id]).await?;
        Ok(row.map_or_else(Vec::new, |row| row.get::<_, Json<_>>(0).0))
    }
}
