//! Lists of clips: those that a user sees, with search and in pages; and removed clips.

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::list_reason::{NOT_REMOVED, Page};
use super::search::{Among, CANDIDATES_MAX};
use super::{Clip, list_reason, select, select_with};
use crate::error::Error;
use crate::model::{Email, User};
use crate::store::Store;

/// Which clips a list shows.
#[derive(Debug)]
pub struct Listing<'a> {
    /// Text that the title contains, or the query where the viewer may see it.
    pub search: Option<&'a str>,
    pub database: Option<&'a str>,
    pub owner: Option<&'a Email>,
    pub limit: i64,
    pub order: Order,
}

/// The order of a list, and where the previous page ended.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The newest first; only those with a smaller number than this one. Stable while clips change.
    Newest { before: Option<i64> },
    /// The most recently changed first; only those that changed before this change.
    LastChanged { before: Option<Change> },
}

/// A clip's last change: its time, and the clip's number in case several changed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub at: Timestamp,
    pub number: i64,
}

/// One page of a list.
#[derive(Debug, Default)]
pub struct Listed {
    pub clips: Vec<Clip>,
    pub has_more: bool,
}

/// A removed clip that can be restored.
#[derive(Debug)]
pub struct RemovedClip {
    pub clip: Clip,
    pub removed_at: Timestamp,
    /// `None` if that person is no longer a user.
    pub removed_by: Option<Email>,
}

/// `$1` to `$7` of a list's queries: the user, their role and verified address, then what [`Listing::condition`] reads.
type Parameters<'a> = [&'a (dyn ToSql + Sync); 7];

/// Matches the text `$9` literally, anywhere.
const PATTERN: &str = r"('%' || regexp_replace($9, '([\\%_])', '\\\1', 'g') || '%')";

/// Removed clips in a list.
const REMOVED_MAX: i64 = 500;

impl Clip {
    /// The clips in this user's list: their own, and those granted to them; for a member also the open ones whose
    /// database they may query; for an administrator all.
    pub async fn list(
        store: &Store,
        viewer: &User,
        listing: &Listing<'_>,
    ) -> Result<Listed, Error> {
        let (at, number) = listing.order.before();
        let parameters: Parameters<'_> = [
            &viewer.id,
            &viewer.role.as_str(),
            &viewer.verified_email(),
            &listing.database,
            &listing.owner.map(Email::as_str),
            &at,
            &number,
        ];
        let candidates_max = match listing.search {
            None => listing.limit + 1,
            Some(_) => CANDIDATES_MAX,
        };
        let sql = listing.first(viewer);
        let first = Self::first(store, &sql, parameters, candidates_max).await?;
        let listed = Self::page(store, listing, parameters, Among::Numbers(&first)).await?;
        let is_all = (first.len() as i64) < candidates_max;
        if listing.search.is_none() || listed.has_more || is_all {
            return Ok(listed);
        }
        Self::page(store, listing, parameters, Among::Indexed).await
    }

    /// The numbers of the first clips of the list, whatever is searched for.
    async fn first(
        store: &Store,
        sql: &str,
        parameters: Parameters<'_>,
        limit: i64,
    ) -> Result<Vec<i64>, Error> {
        let client = store.client().await?;
        let rows = client
            .query(sql, &[&parameters[..], &[&limit]].concat())
            .await?;
        Ok(rows.iter().map(|row| row.get("id")).collect())
    }

    async fn page(
        store: &Store,
        listing: &Listing<'_>,
        parameters: Parameters<'_>,
        among: Among<'_>,
    ) -> Result<Listed, Error> {
        let order = listing.order.as_sql();
        let numbers = among.numbers();
        let more: [&(dyn ToSql + Sync); 3] = [&listing.limit, &listing.search, &numbers];
        let rows = store
            .client()
            .await?
            .query(
                &select(&format!(
                    "where clips.id = any (array(
                         with {}
                         select clips.id
                         from clips
                         join lateral (
                             select sql from versions where clip_id = clips.id order by number desc limit 1
                         ) as versions on true
                         where {} and {} and {}
                         and (
                             $9::text is null
                             or clips.title ilike {PATTERN}
                             or versions.sql ilike {PATTERN}
                             and (clips.show_sql or clips.owner_id = $1 or $2 = 'administrator' or {})
                         )
                         order by {order}
                         limit $8::bigint + 1
                     ))
                     order by {order}",
                    list_reason::granted(),
                    among.condition(),
                    list_reason::are_listed(),
                    listing.condition(),
                    list_reason::are_granted("may = 'edit'"),
                )),
                &[&parameters[..], &more].concat(),
            )
            .await?;
        let mut clips = rows
            .iter()
            .map(Self::from_row)
            .collect::<Result<Vec<_>, _>>()?;
        let has_more = clips.len() as i64 > listing.limit;
        clips.truncate(listing.limit as usize);
        Ok(Listed { clips, has_more })
    }

    /// The owners of the clips in the user's list, for a filter.
    pub async fn owners(store: &Store, viewer: &User) -> Result<Vec<Email>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &list_reason::owners(),
                &[&viewer.id, &viewer.role.as_str(), &viewer.verified_email()],
            )
            .await?;
        Ok(rows
            .iter()
            .map(|row| Email::from_stored(row.get("email")))
            .collect())
    }

    /// The removed clips that this user can restore, the most recently removed first.
    pub async fn removed(store: &Store, user: &User) -> Result<Vec<RemovedClip>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &select_with(
                    ", clip_removals.created_at as removed_at, removers.email as removed_by",
                    "left join users as removers on removers.id = clip_removals.user_id
                     where clip_removals.clip_id is not null and (clips.owner_id = $1 or $2 = 'administrator')
                     order by clip_removals.created_at desc, clips.id desc
                     limit $3",
                ),
                &[&user.id, &user.role.as_str(), &REMOVED_MAX],
            )
            .await?;
        let removed = rows.iter().map(|row| {
            Ok(RemovedClip {
                clip: Self::from_row(row)?,
                removed_at: row.get("removed_at"),
                removed_by: row
                    .get::<_, Option<&str>>("removed_by")
                    .map(Email::from_stored),
            })
        });
        removed.collect()
    }

    /// The last change, after which the next page begins.
    pub fn last_change(&self) -> Change {
        Change {
            at: self.updated_at,
            number: self.number,
        }
    }
}

impl Listing<'_> {
    /// Selects the numbers of the first clips, `$8` at most. An administrator sees all clips, and one owner's clips are
    /// few: neither list needs an index for each reason.
    fn first(&self, viewer: &User) -> String {
        let page = Page {
            condition: &self.condition(),
            order: self.order.as_sql(),
            limit: "$8::bigint",
        };
        match viewer.is_administrator() || self.owner.is_some() {
            true => list_reason::first_of_all(&page),
            false => list_reason::first_by_reason(&page),
        }
    }

    /// Which clips are in it for any viewer, in SQL: `$4` to `$7` are the database, the owner, and the time and number
    /// of the clip with which the previous page ended.
    fn condition(&self) -> String {
        format!(
            "{NOT_REMOVED}
             and ($4::text is null or clips.database_id = (select id from databases where name = $4))
             and ($5::text is null or clips.owner_id = (select id from users where email = $5))
             and {}",
            self.order.after()
        )
    }
}

impl Order {
    /// In SQL.
    fn as_sql(self) -> &'static str {
        match self {
            Self::Newest { .. } => "clips.id desc",
            Self::LastChanged { .. } => "clips.updated_at desc, clips.id desc",
        }
    }

    /// Which clips come after the previous page, in SQL.
    fn after(self) -> &'static str {
        match self {
            Self::Newest { .. } => {
                "($6::timestamptz is null and ($7::bigint is null or clips.id < $7))"
            }
            Self::LastChanged { .. } => {
                "($6::timestamptz is null or (clips.updated_at, clips.id) < ($6, $7::bigint))"
            }
        }
    }

    /// Time and number of the clip with which the previous page ended.
    fn before(self) -> (Option<Timestamp>, Option<i64>) {
        match self {
            Self::Newest { before } => (None, before),
            Self::LastChanged { before } => (
                before.map(|change| change.at),
                before.map(|change| change.number),
            ),
        }
    }
}
