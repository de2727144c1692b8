//! The databases, with their URLs still sealed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::SecretKey;
use crate::model::database::MEMBERS;
use crate::model::secret::secret_key::store_key::store_sealer;
use crate::model::secret::secret_key::{Opened, Sealer};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DatabaseRecord {
    pub(super) name: String,
    /// Base64; can be opened only with the same secret key.
    url_sealed: String,
    source: String,
    open_to: String,
    members: Vec<String>,
    is_removed: bool,
}

pub(super) async fn take(transaction: &Transaction<'_>) -> Result<Vec<DatabaseRecord>, Error> {
    let rows = transaction
        .query(
            &format!(
                "select name, url_sealed, source, open_to,
                     exists (select from database_removals where database_id = databases.id) as is_removed,
                     {MEMBERS}
                 from databases
                 order by id"
            ),
            &[],
        )
        .await?;
    let databases = rows.iter().map(|row| DatabaseRecord {
        name: row.get("name"),
        url_sealed: BASE64_STANDARD.encode(row.get::<_, &[u8]>("url_sealed")),
        source: row.get("source"),
        open_to: row.get("open_to"),
        members: row.get("members"),
        is_removed: row.get("is_removed"),
    });
    Ok(databases.collect())
}

impl DatabaseRecord {
    pub(super) async fn restore(
        &self,
        transaction: &Transaction<'_>,
        key: &SecretKey,
    ) -> Result<(), Error> {
        let known = transaction
            .query_opt("select id from databases where name = $1", &[&self.name])
            .await?;
        if known.is_some() {
            return Ok(());
        }
        let sealed = self.sealed_with(&store_sealer(transaction, key).await?)?;
        // Another server's sample database is not this server's: it becomes an ordinary database.
        let source = if self.source == "embedded" {
            "added"
        } else {
            &self.source
        };
        transaction
            .execute(
                "with added as (
                     insert into databases (name, url_sealed, source, open_to)
                     values ($1, $2, $3, $4)
                     returning id
                 ), removed as (
                     insert into database_removals (database_id) select id from added where $5
                 )
                 insert into database_members (database_id, user_id)
                 select added.id, users.id from added, users where users.email = any ($6)",
                &[
                    &self.name,
                    &sealed,
                    &source,
                    &self.open_to,
                    &self.is_removed,
                    &self.members,
                ],
            )
            .await?;
        Ok(())
    }

    fn sealed_with(&self, sealer: &Sealer) -> Result<Vec<u8>, Error> {
        let sealed = BASE64_STANDARD.decode(&self.url_sealed).unwrap_or_default();
        match sealer.look(&sealed) {
            Opened::AsItShouldBe => Ok(sealed),
            Opened::WithAnother(url) => sealer.seal(&url).map_err(Error::internal),
            Opened::Unreadable => Err(Error::Conflict(format!(
                "The URL of the database “{0}” was sealed with another secret key. Add it with `dataclips database add {0}`, then import again.",
                self.name
            ))),
        }
    }
}
