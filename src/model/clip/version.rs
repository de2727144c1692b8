//! Versions of a clip: each text that its query has had.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::activity::Kind;
use crate::error::Error;
use crate::model::{Author, Clip, Database, User, line};
use crate::result::Column;
use crate::run::{Failure, Parameters};
use crate::store::Store;

/// One text of a clip's query on one database. Never changed, only added; only its note can change.
#[derive(Clone, Debug)]
pub struct Version {
    /// Numbered from 1 in its clip.
    pub number: i32,
    pub sql: String,
    pub database_id: i64,
    pub database_name: String,
    /// `None` on the sample clips.
    pub author: Option<Author>,
    pub created_at: Timestamp,
    /// A line about it, by its author or the clip's owner; often empty. The only part that changes.
    pub note: String,
    /// The types of its parameters, each with the parameter's name; none where PostgreSQL was not asked yet.
    pub parameter_types: Vec<Column>,
}

/// A version in a menu.
#[derive(Clone, Debug)]
pub struct OfferedVersion {
    pub number: i32,
    pub created_at: Timestamp,
    /// Only for those who see the query.
    pub note: String,
}

/// A version to add to a clip.
pub(super) struct NewVersion<'a> {
    pub clip_id: i64,
    pub sql: &'a str,
    pub database_id: i64,
    pub author_id: Option<i64>,
    pub note: &'a str,
}

/// Characters.
pub const NOTE_LENGTH_MAX: usize = 200;

pub(in crate::model) const COLUMNS: &str = "
    versions.number as version_number,
    versions.sql,
    versions.database_id,
    databases.name as database_name,
    versions.author_id,
    authors.email as author_email,
    versions.created_at as version_created_at,
    versions.note as version_note,
    versions.parameter_types";

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

    /// The numbers of those that are not on this database.
    pub async fn elsewhere(
        store: &Store,
        clip: &Clip,
        database_id: i64,
    ) -> Result<Vec<i32>, Error> {
        let client = store.client().await?;
        let sql = "select number from versions where clip_id = $1 and database_id <> $2";
        let rows = client.query(sql, &[&clip.number, &database_id]).await?;
        Ok(rows.iter().map(|row| row.get("number")).collect())
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

    /// The newest versions, for a menu.
    pub async fn newest(
        store: &Store,
        clip: &Clip,
        limit: i64,
    ) -> Result<Vec<OfferedVersion>, Error> {
        let client = store.client().await?;
        let sql = "select number, created_at, note from versions where clip_id = $1 order by number desc limit $2";
        let rows = client.query(sql, &[&clip.number, &limit]).await?;
        let offered = rows.iter().map(|row| OfferedVersion {
            number: row.get("number"),
            created_at: row.get("created_at"),
            note: row.get("note"),
        });
        Ok(offered.collect())
    }

    /// The parameters of those of a clip's versions with these numbers that have any.
    pub async fn parameters_of(
        store: &Store,
        clip: &Clip,
        numbers: &[i32],
    ) -> Result<HashMap<i32, Parameters>, Error> {
        let client = store.client().await?;
        let sql = "select number, sql from versions where clip_id = $1 and number = any ($2) and sql like '%{{%'";
        let rows = client.query(sql, &[&clip.number, &numbers]).await?;
        let read = rows.iter().filter_map(|row| {
            let parameters = Parameters::read(row.get("sql")).ok()?;
            Some((row.get("number"), parameters))
        });
        Ok(read.collect())
    }

    /// Its blanks; a failure where one cannot be read.
    pub fn parameters(&self) -> Result<Parameters, Failure> {
        Parameters::read(&self.sql)
    }

    /// Stores what PostgreSQL says of the types of its parameters.
    pub async fn keep_parameter_types(
        store: &Store,
        clip: i64,
        number: i32,
        types: &[Column],
    ) -> Result<(), Error> {
        let client = store.client().await?;
        client
            .execute(
                "update versions set parameter_types = $3 where clip_id = $1 and number = $2",
                &[&clip, &number, &Json(types)],
            )
            .await?;
        Ok(())
    }

    /// Whether its text or its database differs.
    pub fn differs_from(&self, other: &Self) -> bool {
        self.sql != other.sql || self.database_id != other.database_id
    }

    /// Whether this user may change its note: its author, the clip's owner, and administrators.
    pub fn is_noted_by(&self, clip: &Clip, user: &User) -> bool {
        clip.is_owned_by(user)
            || user.is_administrator()
            || self.author.as_ref().is_some_and(|author| author.is(user))
    }

    /// Changes its note, and records that; refuses users whose note it is not.
    pub async fn change_note(
        &self,
        store: &Store,
        clip: &Clip,
        by: &User,
        note: &str,
    ) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        self.renote(&transaction, clip, by, parse_note(note)?)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The same, in a transaction, with a note that was parsed.
    pub(super) async fn renote(
        &self,
        transaction: &Transaction<'_>,
        clip: &Clip,
        by: &User,
        note: &str,
    ) -> Result<(), Error> {
        if !self.is_noted_by(clip, by) {
            return Err(Error::Forbidden(
                "Only a version's author and the clip's owner can change its note.".to_owned(),
            ));
        }
        let changed = transaction
            .execute(
                "update versions set note = $3 where clip_id = $1 and number = $2 and note <> $3",
                &[&clip.number, &self.number, &note],
            )
            .await?;
        if changed > 0 {
            let detail = format!("the note of version {}", self.number);
            clip.note(transaction, by, Kind::Set, &detail).await?;
        }
        Ok(())
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
            author: Author::from_stored(row.get("author_id"), row.get("author_email")),
            created_at: row.get("version_created_at"),
            note: row.get("version_note"),
            parameter_types: row.get::<_, Json<Vec<Column>>>("parameter_types").0,
        }
    }
}

impl NewVersion<'_> {
    /// Returns its number.
    pub(super) async fn create(&self, transaction: &Transaction<'_>) -> Result<i32, Error> {
        let row = transaction
            .query_one(
                "insert into versions (clip_id, number, sql, database_id, author_id, note)
                 select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5
                 from versions
                 where clip_id = $1
                 returning number",
                &[
                    &self.clip_id,
                    &self.sql,
                    &self.database_id,
                    &self.author_id,
                    &self.note,
                ],
            )
            .await?;
        Ok(row.get("number"))
    }
}

pub(super) fn parse_note(note: &str) -> Result<&str, Error> {
    let note = note.trim();
    let is_line = note.is_empty() || line::is_readable(note);
    if !is_line || note.chars().count() > NOTE_LENGTH_MAX {
        return Err(Error::invalid(
            "note",
            format!("Write the note on one line, with at most {NOTE_LENGTH_MAX} characters."),
        ));
    }
    Ok(note)
}
