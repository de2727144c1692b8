//! Edits of a clip: each in one transaction, together with the activity that it records.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::about::{parse_description, parse_tags};
use super::activity::{Kind, RESTORED};
use super::parameter::ParsedSettings;
use super::version::{NewVersion, parse_note};
use super::{Clip, parse_title};
use crate::error::Error;
use crate::model::{ClipLink, Database, FormerLinks, MaxAge, NewOwner, ParameterSettings, User};
use crate::run::RunsOn;
use crate::store::Store;

/// What an edit changes; `None` leaves a thing as it is.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    pub title: Option<&'a str>,
    /// Markdown.
    pub description: Option<&'a str>,
    pub tags: Option<&'a [String]>,
    pub sql: Option<&'a str>,
    /// The number of the version that `sql` was edited from: it must not overwrite a newer one. One that does not exist
    /// was not seen either.
    pub base: Option<i32>,
    pub database: Option<&'a Database>,
    /// About the version that is added, or else the newest one.
    pub note: Option<&'a str>,
    /// The number of the earlier version whose query and database these are.
    pub restored: Option<i32>,
    pub show_sql: Option<bool>,
    pub max_age_seconds: Option<Option<i32>>,
    pub serve_stale: Option<bool>,
    pub runs_on: Option<RunsOn>,
    /// How the form asks for these parameters; see [`ParameterSettings`].
    pub parameters: Option<&'a [ParameterSettings]>,
    pub owner: Option<&'a NewOwner>,
    /// Matters only with a new owner.
    pub former_links: FormerLinks,
}

impl Clip {
    /// Applies an edit. A changed query or database adds a version by this author.
    pub async fn change(
        &self,
        store: &Store,
        author: &User,
        changes: &Changes<'_>,
    ) -> Result<Self, Error> {
        let title = changes.title.map(parse_title).transpose()?;
        let description = changes.description.map(parse_description).transpose()?;
        let tags = changes.tags.map(parse_tags).transpose()?;
        let parameters = match changes.parameters {
            Some(settings) => Some(ParsedSettings::parse(store, author, settings).await?),
            None => None,
        };
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        // Locks the clip: versions are numbered one after the other.
        let before = transaction
            .query_one(
                "select title, description, tags, owner_id, show_sql, max_age_seconds, serve_stale, runs_on,
                     parameters
                 from clips
                 where id = $1
                 for update",
                &[&self.number],
            )
            .await?;
        transaction
            .execute(
                "update clips
                 set title = coalesce($2, title),
                     show_sql = coalesce($3, show_sql),
                     max_age_seconds = case when $4 then $5 else max_age_seconds end,
                     serve_stale = coalesce($6, serve_stale),
                     owner_id = coalesce($7, owner_id),
                     description = coalesce($8, description),
                     tags = coalesce($9, tags),
                     runs_on = coalesce($10, runs_on),
                     updated_at = now()
                 where id = $1",
                &[
                    &self.number,
                    &title,
                    &changes.show_sql,
                    &changes.max_age_seconds.is_some(),
                    &changes.max_age_seconds.flatten(),
                    &changes.serve_stale,
                    &changes.owner.map(|owner| owner.id),
                    &description,
                    &tags,
                    &changes.runs_on.map(RunsOn::as_str),
                ],
            )
            .await?;
        let mut activities = Vec::new();
        if let Some(title) = title.filter(|title| *title != before.get::<_, &str>("title")) {
            activities.push((Kind::Renamed, title.to_owned()));
        }
        if description.is_some_and(|text| text != before.get::<_, &str>("description")) {
            activities.push((Kind::Set, "the description".to_owned()));
        }
        if let Some(tags) = tags.filter(|tags| *tags != before.get::<_, Vec<String>>("tags")) {
            activities.push((Kind::Set, tags_set(&tags)));
        }
        if let Some(parameters) = parameters {
            let Json(settings): Json<Vec<ParameterSettings>> = before.get("parameters");
            let sql = changes.sql.unwrap_or(&self.version.sql);
            let replaced = parameters.replace(&transaction, self.number, &settings, sql);
            activities.extend(replaced.await?);
        }
        activities.extend(self.new_version(&transaction, author, changes).await?);
        activities.extend(changes.set(&before));
        if let Some(owner) = changes.owner
            && before.get::<_, Option<i64>>("owner_id") != Some(owner.id)
        {
            let owners = (before.get("owner_id"), owner.id);
            let links = changes.former_links;
            let count = ClipLink::hand_over(&transaction, self.number, owners, links).await?;
            let detail = format!("to {}{}", owner.email, of_links(count, links));
            activities.push((Kind::Transferred, detail));
        }
        for (kind, detail) in activities {
            self.note(&transaction, author, kind, &detail).await?;
        }
        let changed = Self::reload(&transaction, &self.slug).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// Adds a version if the query or its database changes.
    async fn new_version(
        &self,
        transaction: &Transaction<'_>,
        author: &User,
        changes: &Changes<'_>,
    ) -> Result<Option<(Kind, String)>, Error> {
        let row = transaction
            .query_one(
                "select
                     sql,
                     database_id,
                     (select sql from versions where clip_id = $1 and number = $2) as base_sql
                 from versions
                 where clip_id = $1
                 order by number desc
                 limit 1",
                &[&self.number, &changes.base],
            )
            .await?;
        let (latest_sql, latest_database): (&str, i64) = (row.get("sql"), row.get("database_id"));
        let sql = changes.sql.unwrap_or(latest_sql);
        let base_sql: Option<&str> = row.get("base_sql");
        let has_seen_latest = changes.base.is_none() || base_sql == Some(latest_sql);
        if sql != latest_sql && !has_seen_latest {
            return Err(Error::EditConflict);
        }
        let moved_to = changes
            .database
            .filter(|database| database.id != latest_database);
        let note = changes.note.map(parse_note).transpose()?;
        if sql == latest_sql && moved_to.is_none() {
            if let Some(note) = note {
                let newest = Self::reload(transaction, &self.slug).await?;
                newest
                    .version
                    .renote(transaction, &newest, author, note)
                    .await?;
            }
            return Ok(None);
        }
        let database_id = moved_to.map_or(latest_database, |database| database.id);
        let version = NewVersion {
            clip_id: self.number,
            sql,
            database_id,
            author_id: Some(author.id),
            note: note.unwrap_or_default(),
        };
        let number = version.create(transaction).await?;
        let mut detail = format!("version {number}");
        if let Some(database) = moved_to {
            detail += &format!(", on {}", database.name);
        }
        if let Some(restored) = changes.restored {
            detail += &format!("{RESTORED}{restored}");
        }
        Ok(Some((Kind::Edited, detail)))
    }
}

fn tags_set(tags: &[String]) -> String {
    match tags {
        [] => "no tags".to_owned(),
        tags => format!("tags: {}", tags.join(", ")),
    }
}

/// What became of the former owner's links: “, who keeps 2 clip links”.
fn of_links(count: u64, links: FormerLinks) -> String {
    let noun = if count == 1 {
        "clip link"
    } else {
        "clip links"
    };
    match links {
        _ if count == 0 => String::new(),
        FormerLinks::Keep => format!(", who keeps {count} {noun}"),
        FormerLinks::End => format!("; {count} {noun} ended"),
    }
}

impl Changes<'_> {
    /// The settings that change, each as an activity.
    fn set(&self, before: &Row) -> Vec<(Kind, String)> {
        let mut set = Vec::new();
        if let Some(show_sql) = self.show_sql
            && show_sql != before.get::<_, bool>("show_sql")
        {
            set.push(match show_sql {
                true => "the query is shown with the rows".to_owned(),
                false => "the query is hidden".to_owned(),
            });
        }
        if let Some(seconds) = self.max_age_seconds
            && seconds != before.get::<_, Option<i32>>("max_age_seconds")
        {
            set.push(match seconds {
                Some(seconds) => format!("maximum age {}", MaxAge::from_seconds(seconds)),
                None => "no maximum age".to_owned(),
            });
        }
        if let Some(serve_stale) = self.serve_stale
            && serve_stale != before.get::<_, bool>("serve_stale")
        {
            set.push(match serve_stale {
                true => "the last good rows if the query fails".to_owned(),
                false => "no rows if the query fails".to_owned(),
            });
        }
        if let Some(runs_on) = self.runs_on
            && runs_on.as_str() != before.get::<_, &str>("runs_on")
        {
            set.push(match runs_on {
                RunsOn::Any => "runs on any server of the database".to_owned(),
                RunsOn::Primary => "runs on the primary only".to_owned(),
                RunsOn::Follower => "runs on followers only".to_owned(),
            });
        }
        set.into_iter().map(|detail| (Kind::Set, detail)).collect()
    }
}
