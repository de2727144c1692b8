//! The clips with their versions.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;

use super::charts::{self, ChartRecord};
use super::grants::{self, GrantRecord};
use crate::error::Error;
use crate::model::clip::about::{parse_description, parse_tags};
use crate::model::clip::activity;
use crate::model::clip::parameter::check_imported;
use crate::model::user::author::DELETED_ELSEWHERE;
use crate::model::{ParameterSettings, Slug};
use crate::result::Column;
use crate::run::RunsOn;

/// A clip without its results.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClipRecord {
    pub(super) slug: String,
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
    /// Absent in older backups.
    #[serde(default = "any")]
    runs_on: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_removed: bool,
    versions: Vec<VersionRecord>,
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
    /// Then `author` is `None`. Absent in older backups.
    #[serde(default, skip_serializing_if = "is_false")]
    author_is_deleted: bool,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameter_types: Vec<Column>,
}

/// The next clips by number, at most `count` of them.
pub(super) async fn take(
    transaction: &Transaction<'_>,
    after: i64,
    count: i64,
) -> Result<Vec<(i64, ClipRecord)>, Error> {
    let select = transaction
        .prepare_cached(
            "select clips.*, users.email as owner,
                 exists (select from clip_removals where clip_id = clips.id) as is_removed
             from clips
             left join users on users.id = clips.owner_id
             where clips.id > $1
             order by clips.id
             limit $2",
        )
        .await?;
    let rows = transaction.query(&select, &[&after, &count]).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect();
    let mut versions = versions(transaction, &ids).await?;
    let mut grants = grants::take(transaction, &ids).await?;
    let mut charts = charts::take(transaction, &ids).await?;
    let clips = rows.iter().zip(ids).map(|(row, id)| {
        let clip = ClipRecord {
            slug: row.get("slug"),
            title: row.get("title"),
            description: row.get("description"),
            tags: row.get("tags"),
            owner: row.get("owner"),
            anyone: row.get("anyone"),
            show_sql: row.get("show_sql"),
            max_age: row.get("max_age_seconds"),
            serve_stale: row.get("serve_stale"),
            runs_on: row.get("runs_on"),
            created_at: row.get("created_at"),
            updated_at: row.get("updated_at"),
            is_removed: row.get("is_removed"),
            versions: versions.remove(&id).unwrap_or_default(),
            grants: grants.remove(&id).unwrap_or_default(),
            chart: charts.remove(&id),
            parameters: row.get::<_, Json<_>>("parameters").0,
        };
        (id, clip)
    });
    Ok(clips.collect())
}

async fn versions(
    transaction: &Transaction<'_>,
    clips: &[i64],
) -> Result<HashMap<i64, Vec<VersionRecord>>, Error> {
    let select = transaction
        .prepare_cached(
            "select versions.*, databases.name as database, users.email as author,
                 versions.author_id is not null and users.id is null as author_is_deleted
             from versions
             join databases on databases.id = versions.database_id
             left join users on users.id = versions.author_id
             where versions.clip_id = any ($1)
             order by versions.clip_id, versions.number",
        )
        .await?;
    let mut versions: HashMap<i64, Vec<VersionRecord>> = HashMap::new();
    for row in &transaction.query(&select, &[&clips]).await? {
        versions
            .entry(row.get("clip_id"))
            .or_default()
            .push(VersionRecord {
                version: row.get("number"),
                sql: row.get("sql"),
                database: row.get("database"),
                author: row.get("author"),
                author_is_deleted: row.get("author_is_deleted"),
                created_at: row.get("created_at"),
                note: row.get("note"),
                parameter_types: row.get::<_, Json<_>>("parameter_types").0,
            });
    }
    Ok(versions)
}

impl ClipRecord {
    /// Whether its parts are consistent, and its databases among these.
    pub(super) fn is_sound(&self, databases: &HashSet<String>) -> bool {
        let mut versions = self.versions.iter();
        Slug::parse(&self.slug).is_some()
            && !self.versions.is_empty()
            && versions.all(|version| databases.contains(&version.database))
            && self.grants.iter().all(GrantRecord::is_sound)
            && self.chart.as_ref().is_none_or(ChartRecord::is_sound)
    }

    pub(super) fn has_version(&self, number: i32) -> bool {
        self.versions
            .iter()
            .any(|version| version.version == number)
    }

    /// Fails with a sentence for parameters that the API would refuse too.
    pub(super) fn check(&self) -> Result<(), Error> {
        check_imported(&self.parameters).map_err(|error| {
            let title = &self.title;
            Error::BadRequest(format!(
                "The parameters of the clip “{title}” cannot be imported. {error}"
            ))
        })
    }

    /// Length of its queries.
    pub(super) fn sql_bytes(&self) -> u64 {
        let lengths = self.versions.iter().map(|version| version.sql.len() as u64);
        lengths.sum()
    }

    /// Adds what belongs to a new clip, but its versions and results.
    pub(super) async fn restore_rest(
        &self,
        transaction: &Transaction<'_>,
        id: i64,
    ) -> Result<(), Error> {
        for grant in &self.grants {
            grant.restore(transaction, id).await?;
        }
        if let Some(chart) = &self.chart {
            chart.restore(transaction, id).await?;
        }
        if self.is_removed {
            transaction
                .execute("insert into clip_removals (clip_id) values ($1)", &[&id])
                .await?;
        }
        Ok(())
    }

    /// Returns the number of the new clip, or `None` if there is one with this slug. The clip gets its database at once:
    /// setting it later would write all its indexes again.
    pub(super) async fn insert(&self, transaction: &Transaction<'_>) -> Result<Option<i64>, Error> {
        let newest = self.versions.iter().max_by_key(|version| version.version);
        let insert = transaction
            .prepare_cached(
                "insert into clips (slug, title, owner_id, anyone, show_sql, max_age_seconds, serve_stale, created_at, updated_at,
                     description, tags, parameters, runs_on, database_id)
                 values ($1, $2, (select id from users where email = $3), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                     (select id from databases where name = $14))
                 on conflict (slug) do nothing
                 returning id",
            )
            .await?;
        let row = transaction
            .query_opt(
                &insert,
                &[
                    &self.slug,
                    &self.title,
                    &self.owner,
                    &self.anyone,
                    &self.show_sql,
                    &self.max_age,
                    &self.serve_stale,
                    &self.created_at,
                    &self.updated_at,
                    &parse_description(&self.description)?,
                    &parse_tags(&self.tags)?,
                    &Json(&self.parameters),
                    &RunsOn::parse(&self.runs_on).unwrap_or(RunsOn::Any).as_str(),
                    &newest.map(|version| &version.database),
                ],
            )
            .await?;
        Ok(row.map(|row| row.get("id")))
    }
}

/// Adds the versions of these new clips. In one statement: a trigger on the table looks at many of its rows for each.
pub(super) async fn restore_versions(
    transaction: &Transaction<'_>,
    clips: &[(i64, &ClipRecord)],
) -> Result<(), Error> {
    let versions: Vec<(i64, &VersionRecord)> = clips
        .iter()
        .flat_map(|(id, clip)| clip.versions.iter().map(|version| (*id, version)))
        .collect();
    let insert = transaction
        .prepare_cached(
            "insert into versions (clip_id, number, sql, database_id, author_id, created_at, note, parameter_types)
             select added.clip_id, added.number, added.sql, databases.id,
                 coalesce(users.id, case when added.author_is_deleted then $10::bigint end), added.created_at, added.note,
                 added.parameter_types
             from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
                 $8::jsonb[], $9::boolean[])
                 as added (clip_id, number, sql, database, author, created_at, note, parameter_types, author_is_deleted)
             join databases on databases.name = added.database
             left join users on users.email = added.author",
        )
        .await?;
    let texts = |text: fn(&VersionRecord) -> &str| each(&versions, text);
    transaction
        .execute(
            &insert,
            &[
                &versions.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
                &each(&versions, |version| version.version),
                &texts(|version| &version.sql),
                &texts(|version| &version.database),
                &each(&versions, |version| version.author.as_deref()),
                &each(&versions, |version| version.created_at),
                &texts(|version| &version.note),
                &each(&versions, |version| Json(&version.parameter_types)),
                &each(&versions, |version| version.author_is_deleted),
                &DELETED_ELSEWHERE,
            ],
        )
        .await?;
    let ids: Vec<i64> = clips.iter().map(|(id, _)| *id).collect();
    activity::note_versions(transaction, &ids).await
}

/// Leaves a field out that is rarely true.
fn is_false(value: &bool) -> bool {
    !value
}

fn each<'a, T>(
    versions: &[(i64, &'a VersionRecord)],
    value: impl Fn(&'a VersionRecord) -> T,
) -> Vec<T> {
    versions.iter().map(|(_, version)| value(version)).collect()
}

fn any() -> String {
    RunsOn::Any.as_str().to_owned()
}
