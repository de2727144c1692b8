//! The entries, as administrators read them: page by page, or all as a stream.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::{Stream, stream};
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{AuditFilter, Named, Via};
use crate::error::Error;
use crate::model::Slug;
use crate::store::Store;

/// One entry. What it names may be gone: then only its number is known.
#[derive(Debug)]
pub struct AuditEntry {
    pub place: AuditPlace,
    /// Such as `clip.edited`; a later release may write others than this one knows.
    pub what: String,
    pub who: Option<Named>,
    /// `None`: written by a later release.
    pub via: Option<Via>,
    /// The one that was used, with the name that it had then. `None` in entries of earlier releases.
    pub token: Option<Named>,
    pub address: Option<IpAddr>,
    pub clip: Option<Named>,
    /// Of the clip. A secret: only for links.
    pub slug: Option<Slug>,
    pub database: Option<Named>,
    pub person: Option<Named>,
    pub detail: String,
    /// `None` for a change.
    pub run: Option<RunFacts>,
}

/// What is known of a run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// `ok`, or the code of what went wrong.
    pub outcome: String,
    /// `None` for a preview.
    pub version: Option<i32>,
    /// `None` where it failed.
    pub rows: Option<i64>,
    /// From the request to the end.
    pub elapsed: Duration,
    /// By parameter: keyed hashes of the values, or the values themselves. `None` without parameters.
    pub parameters: Option<Value>,
}

/// Where an entry stands among all: they are sorted by time, and then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditPlace {
    pub at: Timestamp,
    pub number: i64,
}

fn select(filter: &AuditFilter, rest: &str) -> String {
    format!(
        "select entries.*, users.email, people.email as person, clips.title as clip, clips.slug, databases.name as database
         from (
             select * from audit_entries
             where {}
             {rest}
         ) as entries
         left join users on users.id = entries.user_id
         left join users as people on people.id = entries.person_id
         left join clips on clips.id = entries.clip_id
         left join databases on databases.id = entries.database_id",
        filter.conditions()
    )
}

impl AuditEntry {
    /// A page of so many entries, the newest first, and where it ends if there are more. With `before`, only those before the
    /// end of the previous page.
    pub async fn page(
        store: &Store,
        filter: &AuditFilter,
        before: Option<AuditPlace>,
        count: usize,
    ) -> Result<(Vec<Self>, Option<AuditPlace>), Error> {
        let page = "and ($5::timestamptz is null or (at, id) < ($5, $6))
                    order by at desc, id desc
                    limit $7";
        let sql = format!(
            "{} order by entries.at desc, entries.id desc",
            select(filter, page)
        );
        let (at, number) = (
            before.map(|place| place.at),
            before.map(|place| place.number),
        );
        // One more tells whether there is a next page.
        let limit = count as i64 + 1;
        let client = store.client().await?;
        let mut parameters: Vec<&(dyn ToSql + Sync)> = filter.parameters().to_vec();
        parameters.extend::<[&(dyn ToSql + Sync); 3]>([&at, &number, &limit]);
        let rows = client.query(&sql, &parameters).await?;
        let entries: Result<Vec<Self>, Error> =
            rows.iter().take(count).map(Self::from_row).collect();
        let entries = entries?;
        let end = entries.last().filter(|_| rows.len() > count);
        let end = end.map(|entry| entry.place);
        Ok((entries, end))
    }

    /// All entries, the oldest first, in pages that are read one after the other.
    pub fn pages(
        store: &Store,
        filter: AuditFilter,
    ) -> impl Stream<Item = Result<Vec<Self>, Error>> + Send + use<> {
        let begin = (store.clone(), filter, None);
        stream::try_unfold(begin, async |(store, filter, after)| {
            let page = Self::page_after(&store, &filter, after).await?;
            let last = page.last().map(|entry| entry.place);
            Ok(last.map(|last| (page, (store, filter, Some(last)))))
        })
    }

    async fn page_after(
        store: &Store,
        filter: &AuditFilter,
        after: Option<AuditPlace>,
    ) -> Result<Vec<Self>, Error> {
        let page = "and ($5::timestamptz is null or (at, id) > ($5, $6))
                    order by at, id
                    limit 1000";
        let sql = format!("{} order by entries.at, entries.id", select(filter, page));
        let (at, number) = (after.map(|place| place.at), after.map(|place| place.number));
        let client = store.client().await?;
        let mut parameters: Vec<&(dyn ToSql + Sync)> = filter.parameters().to_vec();
        parameters.extend::<[&(dyn ToSql + Sync); 2]>([&at, &number]);
        let rows = client.query(&sql, &parameters).await?;
        rows.iter().map(Self::from_row).collect()
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let named = |number: &str, name: &str| {
            let number = row.get::<_, Option<i64>>(number)?;
            let name = row.get(name);
            Some(Named { number, name })
        };
        let (via, token) = Via::from_stored(row.get("via"));
        Ok(Self {
            place: AuditPlace {
                at: row.get("at"),
                number: row.get("id"),
            },
            what: row.get("what"),
            who: named("user_id", "email"),
            via,
            token,
            address: row.get("address"),
            clip: named("clip_id", "clip"),
            slug: row.get::<_, Option<&str>>("slug").and_then(Slug::parse),
            database: named("database_id", "database"),
            person: named("person_id", "person"),
            detail: row.get("detail"),
            run: RunFacts::from_row(row),
        })
    }
}

impl RunFacts {
    fn from_row(row: &Row) -> Option<Self> {
        let elapsed: Option<i64> = row.get("elapsed_us");
        Some(Self {
            outcome: row.get::<_, Option<String>>("outcome")?,
            version: row.get("version"),
            rows: row.get("row_count"),
            elapsed: Duration::from_micros(
                elapsed.unwrap_or_default().try_into().unwrap_or_default(),
            ),
            parameters: row.get("parameters"),
        })
    }
}

impl AuditPlace {
    /// For the address of the next page.
    pub fn to_text(self) -> String {
        format!("{}_{}", self.at.as_microsecond(), self.number)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (at, number) = text.split_once('_')?;
        Some(Self {
            at: Timestamp::from_microsecond(at.parse().ok()?).ok()?,
            number: number.parse().ok()?,
        })
    }
}
