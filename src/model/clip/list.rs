//! Lists of clips: what somebody sees, searched and in pages; and what was removed.

use jiff::Timestamp;

use super::search::Among;
use super::{COLUMNS, Clip, JOINS, select};
use crate::error::Error;
use crate::model::{Email, User, grant, version};
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

/// In which order a list shows clips, and where the page before ended.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The newest first; with only smaller numbers than this one. Stays put while clips change.
    Newest { before: Option<i64> },
    /// The one that changed last first; only those that come after this change.
    LastChanged { before: Option<Change> },
}

/// A clip's last change: its time, and the clip's number where several changed at once.
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

/// A clip that was removed, and can be restored.
#[derive(Debug)]
pub struct RemovedClip {
    pub clip: Clip,
    pub removed_at: Timestamp,
    /// `None` where that person is not here any more.
    pub removed_by: Option<Email>,
}

/// Whether the user `$1` with the role `$2` and the verified address `$3` has a clip in his list.
pub(in crate::model) fn is_listed() -> String {
    format!(
        "(
            clips.owner_id = $1
            or $2 = 'administrator'
            or {}
            or $2 = 'member' and clips.anyone and (
                databases.open_to = 'members'
                or databases.open_to = 'named' and exists (
                    select from database_members
                    where database_id = databases.id and user_id = $1
                )
            )
        )",
        grant::is_granted("$3::text", "true")
    )
}

/// Matches the text `$4` literally, anywhere.
const PATTERN: &str = r"('%' || regexp_replace($4, '([\\%_])', '\\\1', 'g') || '%')";

/// Most removed clips that a list shows.
const REMOVED_MAX: i64 = 500;

impl Clip {
    /// The clips in this user's list: his own, and those granted to him; for a member the open ones whose database he may
    /// query; for an administrator all.
    pub async fn list(
        store: &Store,
        viewer: &User,
        listing: &Listing<'_>,
    ) -> Result<Listed, Error> {
        let mut listed = Listed::default();
        for among in Among::each(listing.search) {
            listed = Self::list_among(store, viewer, listing, *among).await?;
            if listed.has_more {
                break;
            }
        }
        Ok(listed)
    }

    async fn list_among(
        store: &Store,
        viewer: &User,
        listing: &Listing<'_>,
        among: Among,
    ) -> Result<Listed, Error> {
        let (after, order, at, number) = match listing.order {
            Order::Newest { before } => (
                "($7::timestamptz is null and ($8::bigint is null or clips.id < $8))",
                "clips.id desc",
                None,
                before,
            ),
            Order::LastChanged { before } => (
                "($7::timestamptz is null or (clips.updated_at, clips.id) < ($7, $8::bigint))",
                "clips.updated_at desc, clips.id desc",
                before.map(|change| change.at),
                before.map(|change| change.number),
            ),
        };
        let rows = store
            .client()
            .await?
            .query(
                &select(&format!(
                    "where clip_removals.clip_id is null
                     and {}
                     and {}
                     and (
                         $4::text is null
                         or clips.title ilike {PATTERN}
                         or versions.sql ilike {PATTERN}
                         and (clips.show_sql or clips.owner_id = $1 or $2 = 'administrator' or {})
                     )
                     and ($5::text is null or databases.name = $5)
                     and ($6::text is null or owners.email = $6)
                     and {after}
                     order by {order}
                     limit $9::bigint + 1",
                    is_listed(),
                    among.condition(after, order),
                    grant::is_granted("$3::text", "may = 'edit'"),
                )),
                &[
                    &viewer.id,
                    &viewer.role.as_str(),
                    &viewer.verified_email(),
                    &listing.search,
                    &listing.database,
                    &listing.owner.map(Email::as_str),
                    &at,
                    &number,
                    &listing.limit,
                ],
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

    /// Who owns the clips in the user's list, to choose from.
    pub async fn owners(store: &Store, viewer: &User) -> Result<Vec<Email>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &format!(
                    "select users.email
                     from users
                     where exists (
                         select from clips {JOINS} {}
                         where clips.owner_id = users.id and clip_removals.clip_id is null and {}
                     )
                     order by users.email",
                    version::JOINS,
                    is_listed()
                ),
                &[&viewer.id, &viewer.role.as_str(), &viewer.verified_email()],
            )
            .await?;
        Ok(rows
            .iter()
            .filter_map(|row| Email::parse(row.get("email")))
            .collect())
    }

    /// The removed clips that this user can restore, the one removed last first.
    pub async fn removed(store: &Store, user: &User) -> Result<Vec<RemovedClip>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &format!(
                    "select {COLUMNS}, {}, {}, clip_removals.created_at as removed_at, removers.email as removed_by
                     from clips {JOINS} {}
                     left join users as removers on removers.id = clip_removals.user_id
                     where clip_removals.clip_id is not null and (clips.owner_id = $1 or $2 = 'administrator')
                     order by clip_removals.created_at desc, clips.id desc
                     limit {REMOVED_MAX}",
                    grant::COLUMN,
                    version::COLUMNS,
                    version::JOINS
                ),
                &[&user.id, &user.role.as_str()],
            )
            .await?;
        let removed = rows.iter().map(|row| {
            Ok(RemovedClip {
                clip: Self::from_row(row)?,
                removed_at: row.get("removed_at"),
                removed_by: row
                    .get::<_, Option<&str>>("removed_by")
                    .and_then(Email::parse),
            })
        });
        removed.collect()
    }

    /// The last change, to go on after.
    pub fn last_change(&self) -> Change {
        Change {
            at: self.updated_at,
            number: self.number,
        }
    }
}
