//! Clip links: secrets that open one clip's rows, for a spreadsheet or a script. A link works only while the person who
//! made it may manage the clip; whoever uses it needs nothing but its secret.

use std::fmt;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::activity::Kind;
use crate::encode::Format;
use crate::error::Error;
use crate::model::secret::hash;
use crate::model::{Clip, FixedValues, Slug, User, line, secret};
use crate::run::Values;
use crate::store::Store;

const PREFIX: &str = "dataclips_link_";
/// Links of one clip, including expired ones.
const LINKS_MAX: i64 = 100;

/// A clip link without its secret.
#[derive(Clone, Debug)]
pub struct ClipLink {
    pub id: i64,
    /// The clip whose rows it opens.
    pub clip_number: i64,
    pub label: String,
    /// `None`: every format.
    pub formats: Option<Vec<Format>>,
    /// The values of parameters that it fixes.
    pub values: FixedValues,
    /// The address of the person who made it; `None` if they are no longer a user.
    pub made_by: Option<String>,
    /// Whether that person may no longer manage the clip: then the link does not work either.
    pub is_ended: bool,
    pub created_at: Timestamp,
    /// `None`: does not expire.
    pub expires_at: Option<Timestamp>,
    pub is_expired: bool,
    /// To the minute; `None`: never used.
    pub last_used_at: Option<Timestamp>,
}

/// A link to make.
#[derive(Clone, Copy, Debug)]
pub struct NewClipLink<'a> {
    pub label: &'a str,
    /// `None`: every format.
    pub formats: Option<&'a [Format]>,
    /// `None`: fixes no values.
    pub values: Option<&'a Values>,
    /// `None`: does not expire.
    pub expires_at: Option<Timestamp>,
}

/// What becomes of the former owner's links when a clip is transferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormerLinks {
    #[default]
    End,
    /// They become the new owner's.
    Keep,
}

/// A link's secret, shown only once, when it is made: the store keeps its hash. `Debug` hides it.
pub struct LinkSecret(String);

/// Whether the person who made the link of the row may still manage the clip of the row: the rule of `Viewer::own`, in SQL.
const MAKER_MANAGES: &str = "coalesce(
        (users.role = 'administrator' or users.id = clips.owner_id) and user_deactivations.user_id is null,
        false
    )";

const JOINS: &str = "
    join clips on clips.id = clip_links.clip_id
    left join users on users.id = clip_links.user_id
    left join user_deactivations on user_deactivations.user_id = clip_links.user_id";

fn select(condition: &str) -> String {
    format!(
        "select clip_links.id, clip_links.clip_id, clip_links.label, clip_links.formats, clip_links.parameter_values,
             users.email as made_by,
             not {MAKER_MANAGES} as is_ended, clip_links.created_at, clip_links.expires_at,
             coalesce(clip_links.expires_at <= now(), false) as is_expired, clip_links.last_used_at
         from clip_links {JOINS} {condition}"
    )
}

/// The links that a clip's owner made, which end when they no longer own it.
const OF_OWNER: &str = "clip_links.clip_id = $1 and clip_links.user_id = $2 and not exists (
        select from users
        where users.id = $2
        and users.role = 'administrator'
        and not exists (select from user_deactivations where user_id = users.id)
    )";

impl FormerLinks {
    pub fn from_keep(keep: bool) -> Self {
        match keep {
            true => Self::Keep,
            false => Self::End,
        }
    }
}

impl ClipLink {
    /// Makes a link to a clip's rows; its secret cannot be read again later.
    pub async fn create(
        store: &Store,
        clip: &Clip,
        by: &User,
        new: &NewClipLink<'_>,
    ) -> Result<(Self, LinkSecret), Error> {
        let label = new.label.trim();
        if !line::is_readable(label) {
            return Err(Error::invalid(
                "label",
                "Give the link a label of 1 to 100 characters, on one line.",
            ));
        }
        let values = new.fixed_values(clip)?;
        if !values.is_empty()
            && new
                .formats
                .is_some_and(|formats| formats.contains(&Format::Sql))
        {
            return Err(Error::invalid(
                "formats",
                "A link that fixes values opens rows, and not the query: leave out SQL, or fix no values.",
            ));
        }
        let is_query_alone =
            |formats: &[Format]| formats.iter().all(|format| *format == Format::Sql);
        if !clip.show_sql && new.formats.is_some_and(is_query_alone) {
            return Err(Error::invalid(
                "formats",
                "This clip does not show its query, so a link for SQL alone opens nothing: add a format of rows, or show the query first.",
            ));
        }
        let secret = LinkSecret(secret::generate(PREFIX)?);
        let formats = new.formats.map(extensions);
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        // Locks the clip, so that two links made at once cannot exceed the maximum.
        let lock = "select id from clips where id = $1 for no key update";
        transaction.query_one(lock, &[&clip.number]).await?;
        let count = "select count(*) from clip_links where clip_id = $1";
        let count = transaction.query_one(count, &[&clip.number]).await?;
        if count.get::<_, i64>(0) >= LINKS_MAX {
            return Err(Error::invalid(
                "label",
                format!(
                    "A clip can have at most {LINKS_MAX} links. Revoke one that is no longer needed."
                ),
            ));
        }
        let row = transaction
            .query_one(
                "insert into clip_links (clip_id, label, hash, formats, user_id, expires_at, parameter_values)
                 values ($1, $2, $3, $4, $5, $6, $7)
                 returning id",
                &[
                    &clip.number,
                    &label,
                    &hash(&secret.0),
                    &formats,
                    &by.id,
                    &new.expires_at,
                    &Json(&values),
                ],
            )
            .await?;
        clip.note(&transaction, by, Kind::LinkMade, label).await?;
        let made = select("where clip_links.id = $1");
        let made = transaction
            .query_one(&made, &[&row.get::<_, i64>("id")])
            .await?;
        transaction.commit().await?;
        Ok((Self::from_row(&made), secret))
    }

    /// The link to this clip with this secret, if it works. Notes the use, once a minute at most.
    pub async fn find(store: &Store, slug: &Slug, secret: &str) -> Result<Option<Self>, Error> {
        if !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let client = store.client().await?;
        let statement = client
            .prepare_cached(&format!(
                "with found as (
                     {}
                 ), used as (
                     update clip_links
                     set last_used_at = now()
                     from found
                     where clip_links.id = found.id
                     and (found.last_used_at is null or found.last_used_at < now() - interval '1 minute')
                 )
                 select * from found",
                select(&format!(
                    "where clip_links.hash = $1
                     and clips.slug = $2
                     and (clip_links.expires_at is null or clip_links.expires_at > now())
                     and {MAKER_MANAGES}"
                ))
            ))
            .await?;
        let row = client
            .query_opt(&statement, &[&hash(secret), &slug.as_str()])
            .await?;
        Ok(row.as_ref().map(Self::from_row))
    }

    /// The link to this clip with this secret, to show it. Does not count as a use.
    pub async fn find_unused(
        store: &Store,
        clip: &Clip,
        secret: &str,
    ) -> Result<Option<Self>, Error> {
        let sql = select("where clip_links.clip_id = $1 and clip_links.hash = $2");
        let client = store.client().await?;
        let row = client
            .query_opt(&sql, &[&clip.number, &hash(secret)])
            .await?;
        Ok(row.as_ref().map(Self::from_row))
    }

    /// The clip's links, the newest first.
    pub async fn all(store: &Store, clip: &Clip) -> Result<Vec<Self>, Error> {
        let sql = select("where clip_links.clip_id = $1 order by clip_links.id desc");
        let rows = store.client().await?.query(&sql, &[&clip.number]).await?;
        Ok(rows.iter().map(Self::from_row).collect())
    }

    /// How many links end when the clip is transferred.
    pub async fn count_of_owner(store: &Store, clip: &Clip) -> Result<i64, Error> {
        let Some(owner) = &clip.owner else {
            return Ok(0);
        };
        let sql = format!("select count(*) from clip_links where {OF_OWNER}");
        let client = store.client().await?;
        let row = client.query_one(&sql, &[&clip.number, &owner.id]).await?;
        Ok(row.get(0))
    }

    /// Ends the links of a clip's former owner, or makes them the new owner's, in the transaction that transfers the clip.
    /// Returns how many there were.
    pub(in crate::model) async fn hand_over(
        transaction: &Transaction<'_>,
        clip: i64,
        (from, to): (Option<i64>, i64),
        links: FormerLinks,
    ) -> Result<u64, Error> {
        let ended = format!("delete from clip_links where {OF_OWNER}");
        let kept = format!("update clip_links set user_id = $3 where {OF_OWNER}");
        let count = match links {
            FormerLinks::End => transaction.execute(&ended, &[&clip, &from]).await?,
            FormerLinks::Keep => transaction.execute(&kept, &[&clip, &from, &to]).await?,
        };
        Ok(count)
    }

    /// Revokes one of the clip's links; returns whether it existed.
    pub async fn revoke(store: &Store, clip: &Clip, by: &User, id: i64) -> Result<bool, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "delete from clip_links where clip_id = $1 and id = $2 returning label";
        let revoked = transaction.query_opt(sql, &[&clip.number, &id]).await?;
        if let Some(revoked) = &revoked {
            let label = revoked.get("label");
            clip.note(&transaction, by, Kind::LinkRevoked, label)
                .await?;
        }
        transaction.commit().await?;
        Ok(revoked.is_some())
    }

    /// Whether it opens the rows in this format.
    pub fn allows(&self, format: Format) -> bool {
        match &self.formats {
            Some(formats) => formats.contains(&format),
            None => true,
        }
    }

    /// The formats in which it opens the rows.
    pub fn allowed(&self) -> Vec<Format> {
        let allowed = Format::ALL.into_iter();
        allowed.filter(|format| self.allows(*format)).collect()
    }

    fn from_row(row: &Row) -> Self {
        let formats: Option<Vec<String>> = row.get("formats");
        let parse = |formats: Vec<String>| {
            let formats = formats.iter();
            formats.filter_map(|format| Format::parse(format)).collect()
        };
        Self {
            id: row.get("id"),
            clip_number: row.get("clip_id"),
            label: row.get("label"),
            formats: formats.map(parse),
            values: row.get::<_, Json<FixedValues>>("parameter_values").0,
            made_by: row.get("made_by"),
            is_ended: row.get("is_ended"),
            created_at: row.get("created_at"),
            expires_at: row.get("expires_at"),
            is_expired: row.get("is_expired"),
            last_used_at: row.get("last_used_at"),
        }
    }
}

impl NewClipLink<'_> {
    /// Of the newest version's parameters.
    fn fixed_values(&self, clip: &Clip) -> Result<FixedValues, Error> {
        match self.values {
            Some(values) if !values.is_empty() => {
                let parameters = clip.version.parameters().map_err(Error::of_query)?;
                FixedValues::new(values.clone(), &parameters)
            }
            _ => Ok(FixedValues::default()),
        }
    }
}

impl LinkSecret {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LinkSecret(…)")
    }
}

/// Each once, in the order of [`Format::ALL`].
fn extensions(formats: &[Format]) -> Vec<&'static str> {
    let wanted = Format::ALL
        .into_iter()
        .filter(|format| formats.contains(format));
    wanted.map(Format::extension).collect()
}
