//! The databases, with their URLs still sealed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use crate::error::Error;
use crate::model::SecretKey;
use crate::model::database::MEMBERS;
use crate::model::database::follower::FOLLOWERS;
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
    /// Absent in older backups, as is the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    followers: Vec<FollowerRecord>,
    #[serde(default)]
    follower_lag_bytes_max: Option<i64>,
    /// In seconds.
    #[serde(default)]
    follower_lag_max: Option<i32>,
    #[serde(default)]
    without_follower: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FollowerRecord {
    name: String,
    /// As that of the database.
    url_sealed: String,
}

pub(super) async fn take(transaction: &Transaction<'_>) -> Result<Vec<DatabaseRecord>, Error> {
    let rows = transaction
        .query(
            &format!(
                "select name, url_sealed, source, open_to, follower_lag_bytes_max, follower_lag_seconds_max,
                     without_follower, {FOLLOWERS},
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
        followers: FollowerRecord::all(row),
        follower_lag_bytes_max: row.get("follower_lag_bytes_max"),
        follower_lag_max: row.get("follower_lag_seconds_max"),
        without_follower: row.get("without_follower"),
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
        let sealer = store_sealer(transaction, key).await?;
        let sealed = self.sealed_with(&self.url_sealed, &sealer)?;
        // Another server's sample database is not this server's: it becomes an ordinary database.
        let source = if self.source == "embedded" {
            "added"
        } else {
            &self.source
        };
        transaction
            .execute(
                "with added as (
                     insert into databases (name, url_sealed, source, open_to, follower_lag_bytes_max,
                         follower_lag_seconds_max, without_follower)
                     values ($1, $2, $3, $4, coalesce($7::bigint, 16777216), coalesce($8::integer, 30),
                         coalesce($9::text, 'primary'))
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
                    &self.follower_lag_bytes_max,
                    &self.follower_lag_max,
                    &self.without_follower,
                ],
            )
            .await?;
        for follower in &self.followers {
            let sealed = self.sealed_with(&follower.url_sealed, &sealer)?;
            let sql = "insert into followers (database_id, name, url_sealed)
                       select id, $2, $3 from databases where name = $1";
            transaction
                .execute(sql, &[&self.name, &follower.name, &sealed])
                .await?;
        }
        Ok(())
    }

    /// A URL of the database, sealed with the store's key.
    fn sealed_with(&self, url: &str, sealer: &Sealer) -> Result<Vec<u8>, Error> {
        let sealed = BASE64_STANDARD.decode(url).unwrap_or_default();
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

impl FollowerRecord {
    fn all(row: &Row) -> Vec<Self> {
        let names: Vec<String> = row.get("follower_names");
        let urls: Vec<Vec<u8>> = row.get("follower_urls");
        let all = names.into_iter().zip(urls);
        all.map(|(name, url)| Self {
            name,
            url_sealed: BASE64_STANDARD.encode(url),
        })
        .collect()
    }
}
