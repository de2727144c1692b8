//! Versions of a clip: each text that its query has had.

use jiff::Timestamp;
use tokio_postgres::Row;

use crate::error::Error;
use crate::model::{Clip, Database, Email};
use crate::store::Store;

/// One text of a clip's query on one database. Never changed, only added.
#[derive(Clone, Debug)]
pub struct Version {
    /// Numbered from 1 in its clip.
    pub number: i32,
    pub sql: String,
    pub database_id: i64,
    pub database_name: String,
    /// `None` on the sample clips.
    pub author: Option<Email>,
    pub created_at: Timestamp,
}

pub(in crate::model) const COLUMNS: &str = "
    versions.number as version_number,
    versions.sql,
    versions.database_id,
    databases.name as database_name,
    authors.email as author_email,
    versions.created_at as version_created_at";

pub(in crate::model) const JOINS: &str = "
    join databases on databases.id = versions.database_id
    left join users as authors on authors.id = versions.author_id";

impl Version {
    pub async fn find(store: &Store, clip: &Clip, number: i32) -> Result<Option<Self>, Error> {
        if number == clip.version.number {
            return Ok(Some(clip.version.clone()));
        }
        let client = store.client().await?;
        let row = client
            .query_opt(
                &format!("select {COLUMNS} from versions {JOINS} where clip_id = $1 and versions.number = $2"),
                &[&clip.number, &number],
            )
            .await?;
        Ok(row.as_ref().map(Self::from_row))
    }

    /// All versions, the newest first.
    pub async fn all(store: &Store, clip: &Clip) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        let rows = client
            .query(
                &format!("select {COLUMNS} from versions {JOINS} where clip_id = $1 order by versions.number desc"),
                &[&clip.number],
            )
            .await?;
        Ok(rows.iter().map(Self::from_row).collect())
    }

    /// A page of the versions, the newest first: those before a number.
    pub async fn before(
        store: &Store,
        clip: &Clip,
        number: i32,
        limit: i64,
    ) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        let rows = client
            .query(
                &format!(
                    "select {COLUMNS} from versions {JOINS}
                     where clip_id = $1 and versions.number < $2
                     order by versions.number desc
                     limit $3"
                ),
                &[&clip.number, &number, &limit],
            )
            .await?;
        Ok(rows.iter().map(Self::from_row).collect())
    }

    /// Number and creation time of the newest versions.
    pub async fn newest(
        store: &Store,
        clip: &Clip,
        limit: i64,
    ) -> Result<Vec<(i32, Timestamp)>, Error> {
        let client = store.client().await?;
        let sql = "select number, created_at from versions where clip_id = $1 order by number desc limit $2";
        let rows = client.query(sql, &[&clip.number, &limit]).await?;
        Ok(rows
            .iter()
            .map(|row| (row.get("number"), row.get("created_at")))
            .collect())
    }

    /// Whether its text or its database differs.
    pub fn differs_from(&self, other: &Self) -> bool {
        self.sql != other.sql || self.database_id != other.database_id
    }

    pub async fn database(&self, store: &Store) -> Result<Database, Error> {
        Database::find(store, self.database_id).await
    }

    /// Reads [`COLUMNS`].
    pub(in crate::model) fn from_row(row: &Row) -> Self {
        Self {
            number: row.get("version_number"),
            sql: row.get("sql"),
            database_id: row.get("database_id"),
            database_name: row.get("database_name"),
            author: row
                .get::<_, Option<&str>>("author_email")
                .map(Email::from_stored),
            created_at: row.get("version_created_at"),
        }
    }
}
