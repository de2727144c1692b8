//! Lists of clips: those that a user sees, with search and in pages; and removed clips.

mod last_run;
pub mod list_reason;
mod order;
mod star;

use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use super::search::{Among, CANDIDATES_MAX, words_have};
use super::{Clip, select_with};
use crate::error::Error;
use crate::model::{Email, User};
use crate::store::Store;
pub use last_run::LastRun;
use list_reason::Page;
pub use order::{Key, Order, Place, Sort};
pub use star::Star;

/// Which clips a list shows.
#[derive(Debug)]
pub struct Listing<'a> {
    /// Text that the title, the description or a tag contains, or the query where the viewer may see it. For
    /// administrators also a clip's number: `#17`.
    pub search: Option<&'a str>,
    pub database: Option<&'a str>,
    pub owner: Option<&'a Email>,
    pub tag: Option<&'a str>,
    /// Only clips that the viewer starred.
    pub is_starred: bool,
    pub limit: i64,
    pub order: Order,
}

/// One page of a list.
#[derive(Debug, Default)]
pub struct Listed {
    pub clips: Vec<Clip>,
    /// Where the next page begins, if there is one.
    pub end: Option<Place>,
}

/// A removed clip that can be restored.
#[derive(Debug)]
pub struct RemovedClip {
    pub clip: Clip,
    pub removed_at: Timestamp,
    /// `None` if that person is no longer a user.
    pub removed_by: Option<Email>,
}

/// `$1` to `$8` of a list's queries: the user, their role and verified address, then what [`Listing::condition`] reads.
type Parameters<'a> = [&'a (dyn ToSql + Sync); 8];

/// Matches the text `$10` literally, anywhere.
const PATTERN: &str = r"('%' || regexp_replace($10, '([\\%_])', '\\\1', 'g') || '%')";

/// Tags that a list offers as filters.
const TAGS_OFFERED_MAX: i64 = 500;

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
        let key = listing.order.key();
        let number = listing.order.after.as_ref().map(|place| place.number);
        let parameters: Parameters<'_> = [
            &viewer.id,
            &viewer.role.as_str(),
            &viewer.verified_email(),
            &listing.database,
            &listing.owner.map(Email::as_str),
            &*key,
            &number,
            &listing.tag,
        ];
        if let Some(number) = listing.clip_number(viewer) {
            let among = Among::Numbers(&[number]);
            return Self::page(store, viewer, listing, None, parameters, among).await;
        }
        let candidates_max = match listing.search {
            None => listing.limit + 1,
            Some(_) => CANDIDATES_MAX,
        };
        let sql = listing.first(viewer);
        let first = Self::first(store, &sql, parameters, candidates_max).await?;
        let listed = Self::page(
            store,
            viewer,
            listing,
            listing.search,
            parameters,
            Among::Numbers(&first),
        )
        .await?;
        let is_all = (first.len() as i64) < candidates_max;
        if listing.search.is_none() || listed.end.is_some() || is_all {
            return Ok(listed);
        }
        Self::page(
            store,
            viewer,
            listing,
            listing.search,
            parameters,
            Among::Indexed,
        )
        .await
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
        viewer: &User,
        listing: &Listing<'_>,
        search: Option<&str>,
        parameters: Parameters<'_>,
        among: Among<'_>,
    ) -> Result<Listed, Error> {
        let order = listing.order.as_sql();
        let sort = listing.order.sort;
        let (numbers, words) = (among.numbers(), words_have(PATTERN));
        let more: [&(dyn ToSql + Sync); 3] = [&listing.limit, &search, &numbers];
        let rows = store
            .client()
            .await?
            .query(
                &select_with(
                    &format!(", {} as sort_key", sort.as_sql()),
                    &format!(
                        "where clips.id = any (array(
                             with {}
                             select clips.id
                             from clips {}
                             join lateral (
                                 select sql from versions where clip_id = clips.id order by number desc limit 1
                             ) as versions on true
                             where {} and {} and {}
                             and (
                                 $10::text is null
                                 or {words}
                                 or versions.sql ilike {PATTERN}
                                 and (clips.show_sql or clips.owner_id = $1 or $2 = 'administrator' or {})
                             )
                             order by {order}
                             limit $9::bigint + 1
                         ))
                         order by {order}",
                        list_reason::granted(),
                        order::JOINS,
                        among.condition(),
                        list_reason::are_listed(),
                        listing.condition(viewer),
                        list_reason::are_granted("may = 'edit'"),
                    ),
                ),
                &[&parameters[..], &more].concat(),
            )
            .await?;
        let has_more = rows.len() as i64 > listing.limit;
        let shown = &rows[..rows.len().min(listing.limit as usize)];
        let end = shown.last().filter(|_| has_more).map(|row| Place {
            key: sort.read(row, "sort_key"),
            number: row.get("id"),
        });
        let clips = shown.iter().map(Self::from_row);
        Ok(Listed {
            clips: clips.collect::<Result<_, _>>()?,
            end,
        })
    }

    /// The tags of the clips in the user's list, for a filter and for completion.
    pub async fn tags(store: &Store, viewer: &User) -> Result<Vec<String>, Error> {
        let client = store.client().await?;
        let sql = format!(
            "with {}
             select distinct tag
             from clips, unnest(clips.tags) as tag
             where clips.tags <> '{{}}' and {} and {}
             order by tag
             limit $4",
            list_reason::granted(),
            list_reason::are_listed(),
            list_reason::is_present(viewer),
        );
        let rows = client
            .query(
                &sql,
                &[
                    &viewer.id,
                    &viewer.role.as_str(),
                    &viewer.verified_email(),
                    &TAGS_OFFERED_MAX,
                ],
            )
            .await?;
        Ok(rows.iter().map(|row| row.get("tag")).collect())
    }

    /// The owners of the clips in the user's list, for a filter.
    pub async fn owners(store: &Store, viewer: &User) -> Result<Vec<Email>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                &list_reason::owners(viewer),
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
                    &format!(
                        "left join users as removers on removers.id = clip_removals.user_id
                         where clip_removals.clip_id is not null and (clips.owner_id = $1 or $2 = 'administrator') and {}
                         order by clip_removals.created_at desc, clips.id desc
                         limit $3",
                        list_reason::is_reached(user)
                    ),
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
}

impl Listing<'_> {
    /// The number of the only clip that an administrator searches for: logs and `pg_stat_activity` have it.
    fn clip_number(&self, viewer: &User) -> Option<i64> {
        let number = self.search?.strip_prefix('#')?;
        number.parse().ok().filter(|_| viewer.is_administrator())
    }

    /// Selects the numbers of the first clips, `$9` at most. An administrator sees all clips, and one owner's clips are
    /// few: neither list needs an index for each reason.
    fn first(&self, viewer: &User) -> String {
        let page = Page {
            condition: &self.condition(viewer),
            order: &self.order.as_sql(),
            key: self.order.sort.as_sql(),
            direction: self.order.direction_as_sql(),
            limit: "$9::bigint",
        };
        match viewer.is_administrator() || self.owner.is_some() {
            true => list_reason::first_of_all(&page),
            false => list_reason::first_by_reason(&page),
        }
    }

    /// Which clips are in it, whatever the viewer's rights, but within the limit of their token, in SQL: `$4` and `$5` are the
    /// database and the owner, `$6` and `$7` the end of the previous page, `$8` the tag.
    fn condition(&self, viewer: &User) -> String {
        let tag = match self.tag {
            None => "$8::text is null",
            Some(_) => "clips.tags @> array[$8::text]",
        };
        let star = match self.is_starred {
            false => "true",
            true => "clips.id = any (array(select clip_id from clip_stars where user_id = $1))",
        };
        format!(
            "{}
             and ($4::text is null or clips.database_id = (select id from databases where name = $4))
             and ($5::text is null or clips.owner_id = (select id from users where email = $5))
             and {tag}
             and {star}
             and {}",
            list_reason::is_present(viewer),
            self.order.condition()
        )
    }
}
