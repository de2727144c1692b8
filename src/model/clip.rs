//! Clips: how they are created, found, removed and restored.

pub mod about;
pub mod activity;
pub mod adoption;
mod changes;
pub mod clip_link;
pub mod fetch;
pub mod fork;
pub mod grant;
pub mod history;
mod list;
pub mod max_age;
pub mod new_owner;
mod on_database;
pub mod parameter;
pub mod pin;
pub mod sample;
mod search;
pub mod version;
pub mod view;

use deadpool_postgres::{GenericClient, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::{Database, Email, Grant, Pin, Slug, User, Version, line};
use crate::error::Error;
use crate::run::RunsOn;
use crate::store::Store;
pub use about::{DESCRIPTION_BYTES_MAX, TAG_LENGTH_MAX, TAGS_MAX};
use about::{parse_description, parse_tags};
use activity::Kind;
pub use changes::Changes;
pub(super) use list::list_reason::is_listed;
pub use list::{Key, LastRun, Listed, Listing, Order, Place, RemovedClip, Sort, Star};
pub use parameter::ParameterSettings;
use version::{NewVersion, parse_note};

/// Characters of a title.
pub const TITLE_LENGTH_MAX: usize = 200;

/// A query behind an unguessable link.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Shown to DBAs and in the log instead of the slug.
    pub number: i64,
    pub slug: Slug,
    pub title: String,
    /// Markdown; often empty.
    pub description: String,
    /// In lower case.
    pub tags: Vec<String>,
    /// How the form asks for parameters, in its order. May name some that the newest version does not have.
    pub parameters: Vec<ParameterSettings>,
    /// `None` for the sample clips until the first administrator adopts them.
    pub owner: Option<Owner>,
    /// Open to anyone with the URL; otherwise only to authorized users.
    pub anyone: bool,
    /// Who else may see or edit it.
    pub grants: Vec<Grant>,
    /// Whether everybody who sees the rows also sees the query.
    pub show_sql: bool,
    pub max_age_seconds: Option<i32>,
    pub serve_stale: bool,
    pub runs_on: RunsOn,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_removed: bool,
    /// `None`: live.
    pub pin: Option<Pin>,
    /// The newest one.
    pub version: Version,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub id: i64,
    pub email: Email,
}

/// A clip to create.
#[derive(Clone, Copy, Debug)]
pub struct NewClip<'a> {
    pub title: &'a str,
    /// Markdown.
    pub description: &'a str,
    pub tags: &'a [String],
    pub sql: &'a str,
    pub database: &'a Database,
    /// `None` for the sample clips.
    pub owner: Option<&'a User>,
    pub anyone: bool,
    /// About its first version.
    pub note: &'a str,
}

/// What [`Clip::from_row`] reads, beside the columns of the newest version and the grants.
const COLUMNS: &str = "
    clips.id, clips.slug, clips.title, clips.description, clips.tags, clips.parameters, clips.owner_id, owners.email as owner_email,
    clips.anyone, clips.show_sql,
    clips.max_age_seconds, clips.serve_stale, clips.runs_on, clips.created_at, clips.updated_at,
    clip_removals.clip_id is not null as is_removed,
    clip_pins.result_id as pin_result_id, clip_pins.created_at as pinned_at,
    pinned_results.version as pin_version, pinned_results.number as pin_result_number";

const JOINS: &str = "
    join lateral (
        select * from versions where clip_id = clips.id order by number desc limit 1
    ) as versions on true
    left join users as owners on owners.id = clips.owner_id
    left join clip_removals on clip_removals.clip_id = clips.id
    left join clip_pins on clip_pins.clip_id = clips.id
    left join results as pinned_results on pinned_results.id = clip_pins.result_id";

pub(super) fn select(condition: &str) -> String {
    select_with("", condition)
}

/// Also selects more columns, each with a comma before it.
fn select_with(more: &str, condition: &str) -> String {
    format!(
        "select {COLUMNS}, {}, {} {more} from clips {JOINS} {} {condition}",
        grant::COLUMN,
        version::COLUMNS,
        version::JOINS
    )
}

impl NewClip<'_> {
    /// Whether it could be created, as far as can be checked without the store.
    pub fn check(&self) -> Result<(), Error> {
        parse_title(self.title)?;
        parse_description(self.description)?;
        parse_tags(self.tags)?;
        parse_note(self.note)?;
        Ok(())
    }
}

impl Clip {
    pub async fn create(store: &Store, new: &NewClip<'_>) -> Result<Self, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let (_, slug) = insert(&transaction, new).await?;
        let clip = Self::reload(&transaction, &slug).await?;
        transaction.commit().await?;
        Ok(clip)
    }

    /// Also finds removed clips: they get another response than unknown ones.
    pub async fn find_by_slug(store: &Store, slug: &Slug) -> Result<Option<Self>, Error> {
        Self::load(&store.client().await?, slug).await
    }

    /// The clip that logs call by this number, removed or not.
    pub async fn find_by_number(store: &Store, number: i64) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let sql = select("where clips.id = $1");
        let row = client.query_opt(&sql, &[&number]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// The clips that the server started with, oldest first.
    pub async fn samples(store: &Store) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        let condition = "where versions.author_id is null and clip_removals.clip_id is null order by clips.id limit 10";
        let rows = client.query(&select(condition), &[]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// Hides the clip everywhere until it is restored.
    pub async fn remove(&self, store: &Store, by: &User) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let removed = transaction
            .execute(
                "insert into clip_removals (clip_id, user_id) values ($1, $2) on conflict do nothing",
                &[&self.number, &by.id],
            )
            .await?;
        if removed > 0 {
            self.note(&transaction, by, Kind::Removed, "").await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub async fn restore(&self, store: &Store, by: &User) -> Result<Self, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let restored = transaction
            .execute(
                "delete from clip_removals where clip_id = $1",
                &[&self.number],
            )
            .await?;
        if restored > 0 {
            self.note(&transaction, by, Kind::Restored, "").await?;
        }
        let clip = Self::reload(&transaction, &self.slug).await?;
        transaction.commit().await?;
        Ok(clip)
    }

    pub fn is_owned_by(&self, user: &User) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.id == user.id)
    }

    /// Uses the connection that changed it: if many requests each held one and waited for a second, they would block
    /// each other.
    pub(super) async fn reload(client: &impl GenericClient, slug: &Slug) -> Result<Self, Error> {
        Self::load(client, slug)
            .await?
            .ok_or_else(|| Error::internal("a clip vanished while it was changed"))
    }

    async fn load(client: &impl GenericClient, slug: &Slug) -> Result<Option<Self>, Error> {
        let statement = client
            .prepare_cached(&select("where clips.slug = $1"))
            .await?;
        let row = client.query_opt(&statement, &[&slug.as_str()]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let slug = Slug::parse(row.get("slug"))
            .ok_or_else(|| Error::internal("a stored slug cannot be read"))?;
        let owner_email = row
            .get::<_, Option<&str>>("owner_email")
            .map(Email::from_stored);
        Ok(Self {
            number: row.get("id"),
            slug,
            title: row.get("title"),
            description: row.get("description"),
            tags: row.get("tags"),
            parameters: row.get::<_, Json<Vec<ParameterSettings>>>("parameters").0,
            owner: row
                .get::<_, Option<i64>>("owner_id")
                .zip(owner_email)
                .map(|(id, email)| Owner { id, email }),
            anyone: row.get("anyone"),
            grants: row
                .get::<_, Vec<&str>>("grants")
                .into_iter()
                .filter_map(Grant::parse)
                .collect(),
            show_sql: row.get("show_sql"),
            max_age_seconds: row.get("max_age_seconds"),
            serve_stale: row.get("serve_stale"),
            runs_on: RunsOn::parse(row.get("runs_on")).unwrap_or(RunsOn::Any),
            created_at: row.get("created_at"),
            updated_at: row.get("updated_at"),
            is_removed: row.get("is_removed"),
            pin: Pin::from_row(row),
            version: Version::from_row(row),
        })
    }
}

/// Adds a clip with its first version; returns its number and slug.
pub(super) async fn insert(
    transaction: &Transaction<'_>,
    new: &NewClip<'_>,
) -> Result<(i64, Slug), Error> {
    let title = parse_title(new.title)?;
    let description = parse_description(new.description)?;
    let tags = parse_tags(new.tags)?;
    let slug = Slug::generate().map_err(Error::internal)?;
    let owner_id = new.owner.map(|owner| owner.id);
    let row = transaction
        .query_one(
            "insert into clips (slug, title, owner_id, anyone, description, tags)
             values ($1, $2, $3, $4, $5, $6)
             returning id",
            &[
                &slug.as_str(),
                &title,
                &owner_id,
                &new.anyone,
                &description,
                &tags,
            ],
        )
        .await?;
    let number = row.get("id");
    let version = NewVersion {
        clip_id: number,
        sql: new.sql,
        database_id: new.database.id,
        author_id: owner_id,
        note: parse_note(new.note)?,
    };
    version.create(transaction).await?;
    activity::note(transaction, number, owner_id, Kind::Created, "").await?;
    Ok((number, slug))
}

fn parse_title(title: &str) -> Result<&str, Error> {
    let title = title.trim();
    if !line::is_readable(title) || title.chars().count() > TITLE_LENGTH_MAX {
        return Err(Error::invalid(
            "title",
            format!("Give the clip a name of 1 to {TITLE_LENGTH_MAX} characters, on one line."),
        ));
    }
    Ok(title)
}
