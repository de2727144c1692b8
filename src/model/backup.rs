//! Everything that makes a clip, as one document: what `dataclips export` writes and `dataclips import` reads.

mod charts;
mod grants;
mod pins;
mod users;

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;

use super::audit::Note;
use super::clip::about::{parse_description, parse_tags};
use super::clip::activity;
use super::clip::adoption::adopt_sample_clips;
use super::clip::parameter::check_imported;
use super::database::MEMBERS;
use super::{ParameterSettings, SecretKey, Slug, What};
use crate::error::Error;
use crate::result::Column;
use crate::store::Store;
use charts::ChartRecord;
use grants::GrantRecord;
use pins::PinRecord;
use users::UserRecord;

/// Format 1 had no pins, format 2 no grants.
const FORMAT: u32 = 3;
const FORMATS_READ: RangeInclusive<u32> = 1..=FORMAT;

/// Users without their passwords, databases with their URLs still sealed, clips with all versions.
#[derive(Debug, Serialize, Deserialize)]
pub struct Backup {
    format: u32,
    users: Vec<UserRecord>,
    databases: Vec<DatabaseRecord>,
    clips: Vec<ClipRecord>,
}

/// What an import did.
#[derive(Debug, PartialEq, Eq)]
pub struct Imported {
    pub clips: usize,
    /// Clips that existed already, and were left as they are.
    pub known: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct DatabaseRecord {
    name: String,
    /// Base64; can be opened only with the same secret key.
    url_sealed: String,
    source: String,
    open_to: String,
    members: Vec<String>,
    is_removed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct ClipRecord {
    slug: String,
    title: String,
    /// Absent in older backups, as are the tags and the notes of versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    owner: Option<String>,
    anyone: bool,
    show_sql: bool,
    max_age: Option<i32>,
    serve_stale: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_removed: bool,
    versions: Vec<VersionRecord>,
    /// Absent if the clip is live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<PinRecord>,
    #[serde(default)]
    grants: Vec<GrantRecord>,
    /// Absent if there is none, and in older backups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chart: Option<ChartRecord>,
    /// How the form asks for parameters. Absent in older backups, as are their types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterSettings>,
}

#[derive(Debug, Serialize, Deserialize)]
struct VersionRecord {
    version: i32,
    sql: String,
    database: String,
    author: Option<String>,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameter_types: Vec<Column>,
}

impl Backup {
    /// Reads one consistent snapshot of the store.
    pub async fn take(store: &Store) -> Result<Self, Error> {
        let mut client = store.patient_client().await?;
        let transaction = client
            .build_transaction()
            .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        Ok(Self {
            format: FORMAT,
            users: users::take(&transaction).await?,
            databases: databases(&transaction).await?,
            clips: clips(&transaction).await?,
        })
    }

    /// Adds everything that does not exist yet, all or nothing. The URLs must have been sealed with this key.
    pub async fn restore(&self, store: &Store, key: &SecretKey) -> Result<Imported, Error> {
        if !FORMATS_READ.contains(&self.format) {
            return Err(Error::BadRequest(format!(
                "This backup has format {}; this version of Dataclips reads format {FORMAT} and older ones.",
                self.format
            )));
        }
        if !self.is_sound() {
            return Err(Error::BadRequest(
                "The backup is damaged: a clip lacks a valid slug, a version or its database, or a grant or chart cannot be read."
                    .to_owned(),
            ));
        }
        let mut client = store.patient_client().await?;
        let transaction = client.transaction().await?;
        for user in &self.users {
            user.restore(&transaction).await?;
        }
        for database in &self.databases {
            add_database(&transaction, key, database).await?;
        }
        let mut clips = 0;
        for clip in &self.clips {
            clips += usize::from(add_clip(&transaction, clip).await?);
        }
        adopt_sample_clips(&transaction).await?;
        let detail = format!(
            "{clips} clips; {} already existed",
            self.clips.len() - clips
        );
        let note = Note::new(What::StoreImported).detail(&detail);
        note.write(&transaction).await?;
        transaction.commit().await?;
        Ok(Imported {
            clips,
            known: self.clips.len() - clips,
        })
    }

    /// Whether its parts are consistent.
    fn is_sound(&self) -> bool {
        let databases: HashSet<&str> = self
            .databases
            .iter()
            .map(|database| database.name.as_str())
            .collect();
        self.clips.iter().all(|clip| {
            Slug::parse(&clip.slug).is_some()
                && !clip.versions.is_empty()
                && clip
                    .versions
                    .iter()
                    .all(|version| databases.contains(version.database.as_str()))
                && clip.pin.as_ref().is_none_or(|pin| {
                    pin.is_sound(clip.versions.iter().map(|version| version.version))
                })
                && clip.grants.iter().all(GrantRecord::is_sound)
                && clip.chart.as_ref().is_none_or(ChartRecord::is_sound)
        })
    }
}

async fn databases(transaction: &Transaction<'_>) -> Result<Vec<DatabaseRecord>, Error> {
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

async fn clips(transaction: &Transaction<'_>) -> Result<Vec<ClipRecord>, Error> {
    let mut versions = versions(transaction).await?;
    let mut pins = pins::take(transaction).await?;
    let mut grants = grants::take(transaction).await?;
    let mut charts = charts::take(transaction).await?;
    let rows = transaction
        .query(
            "select clips.*, users.email as owner,
                 exists (select from clip_removals where clip_id = clips.id) as is_removed
             from clips
             left join users on users.id = clips.owner_id
             order by clips.id",
            &[],
        )
        .await?;
    let clips = rows.iter().map(|row| ClipRecord {
        slug: row.get("slug"),
        title: row.get("title"),
        description: row.get("description"),
        tags: row.get("tags"),
        owner: row.get("owner"),
        anyone: row.get("anyone"),
        show_sql: row.get("show_sql"),
        max_age: row.get("max_age_seconds"),
        serve_stale: row.get("serve_stale"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        is_removed: row.get("is_removed"),
        versions: versions.remove(&row.get("id")).unwrap_or_default(),
        pin: pins.remove(&row.get("id")),
        grants: grants.remove(&row.get("id")).unwrap_or_default(),
        chart: charts.remove(&row.get("id")),
        parameters: row.get::<_, Json<_>>("parameters").0,
    });
    Ok(clips.collect())
}

async fn versions(
    transaction: &Transaction<'_>,
) -> Result<HashMap<i64, Vec<VersionRecord>>, Error> {
    let rows = transaction
        .query(
            "select versions.*, databases.name as database, users.email as author
             from versions
             join databases on databases.id = versions.database_id
             left join users on users.id = versions.author_id
             order by versions.clip_id, versions.number",
            &[],
        )
        .await?;
    let mut versions: HashMap<i64, Vec<VersionRecord>> = HashMap::new();
    for row in &rows {
        versions
            .entry(row.get("clip_id"))
            .or_default()
            .push(VersionRecord {
                version: row.get("number"),
                sql: row.get("sql"),
                database: row.get("database"),
                author: row.get("author"),
                created_at: row.get("created_at"),
                note: row.get("note"),
                parameter_types: row.get::<_, Json<_>>("parameter_types").0,
            });
    }
    Ok(versions)
}

async fn add_database(
    transaction: &Transaction<'_>,
    key: &SecretKey,
    database: &DatabaseRecord,
) -> Result<(), Error> {
    let known = transaction
        .query_opt(
            "select id from databases where name = $1",
            &[&database.name],
        )
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let sealed = BASE64_STANDARD.decode(&database.url_sealed).ok();
    let Some(sealed) = sealed.filter(|sealed| key.open(sealed).is_some()) else {
        return Err(Error::Conflict(format!(
            "The URL of the database “{0}” was sealed with another secret key. Add it with `dataclips database add {0}`, then import again.",
            database.name
        )));
    };
    // Another server's sample database is not this server's: it becomes an ordinary database.
    let source = if database.source == "embedded" {
        "added"
    } else {
        &database.source
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
                &database.name,
                &sealed,
                &source,
                &database.open_to,
                &database.is_removed,
                &database.members,
            ],
        )
        .await?;
    Ok(())
}

/// Returns whether the clip is new.
async fn add_clip(transaction: &Transaction<'_>, clip: &ClipRecord) -> Result<bool, Error> {
    check_imported(&clip.parameters).map_err(|error| {
        let title = &clip.title;
        Error::BadRequest(format!(
            "The parameters of the clip “{title}” cannot be imported. {error}"
        ))
    })?;
    let row = transaction
        .query_opt(
            "insert into clips (slug, title, owner_id, anyone, show_sql, max_age_seconds, serve_stale, created_at, updated_at,
                 description, tags, parameters)
             values ($1, $2, (select id from users where email = $3), $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (slug) do nothing
             returning id",
            &[
                &clip.slug,
                &clip.title,
                &clip.owner,
                &clip.anyone,
                &clip.show_sql,
                &clip.max_age,
                &clip.serve_stale,
                &clip.created_at,
                &clip.updated_at,
                &parse_description(&clip.description)?,
                &parse_tags(&clip.tags)?,
                &Json(&clip.parameters),
            ],
        )
        .await?;
    let Some(row) = row else { return Ok(false) };
    let id: i64 = row.get("id");
    for version in &clip.versions {
        transaction
            .execute(
                "insert into versions (clip_id, number, sql, database_id, author_id, created_at, note, parameter_types)
                 values ($1, $2, $3, (select id from databases where name = $4), (select id from users where email = $5), $6, $7,
                     $8)",
                &[
                    &id,
                    &version.version,
                    &version.sql,
                    &version.database,
                    &version.author,
                    &version.created_at,
                    &version.note,
                    &Json(&version.parameter_types),
                ],
            )
            .await?;
    }
    activity::note_versions(transaction, id).await?;
    if let Some(pin) = &clip.pin {
        pin.restore(transaction, id).await?;
    }
    for grant in &clip.grants {
        grant.restore(transaction, id).await?;
    }
    if let Some(chart) = &clip.chart {
        chart.restore(transaction, id).await?;
    }
    if clip.is_removed {
        transaction
            .execute("insert into clip_removals (clip_id) values ($1)", &[&id])
            .await?;
    }
    Ok(true)
}
