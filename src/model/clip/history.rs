//! A clip's history: its versions, its results, and who did what with it, as one timeline.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::activity::{Activity, Kind};
use super::version;
use crate::error::Error;
use crate::model::{Clip, StoredResult, Version};
use crate::store::Store;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Query,
    Data,
    Sharing,
    Settings,
}

/// One thing that happened to a clip.
#[derive(Debug)]
pub enum Entry {
    Version(Version),
    Result(StoredResult),
    Activity(Activity),
}

/// The place of an entry in the timeline, of which the newest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryPlace {
    at: Timestamp,
    source: i32,
    id: i64,
}

/// What to read of a clip's history.
#[derive(Clone, Copy, Debug)]
pub struct HistorySelection<'a> {
    pub topics: &'a [Topic],
    /// Whether versions and results are included.
    pub contents: bool,
    /// Whether entries about who did what are included.
    pub activity: bool,
    /// Where the previous page ended.
    pub before: Option<HistoryPlace>,
    pub limit: usize,
}

/// A page of a clip's history.
#[derive(Debug)]
pub struct History {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Versions that are an earlier one again, each with the earlier one's number.
    pub restored: HashMap<i32, i32>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<HistoryPlace>,
}

/// The sources of entries, in the order in which they follow each other at the same moment.
const VERSIONS: i32 = 1;
const RESULTS: i32 = 2;
const ACTIVITIES: i32 = 3;

impl Topic {
    pub const ALL: [Self; 4] = [Self::Query, Self::Data, Self::Sharing, Self::Settings];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Data => "data",
            Self::Sharing => "sharing",
            Self::Settings => "settings",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }

    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Created | Kind::Forked | Kind::Edited => Self::Query,
            Kind::Pinned | Kind::Unpinned => Self::Data,
            Kind::Shared | Kind::Transferred | Kind::LinkMade | Kind::LinkRevoked => Self::Sharing,
            Kind::Renamed
            | Kind::Set
            | Kind::Charted
            | Kind::Uncharted
            | Kind::Removed
            | Kind::Restored => Self::Settings,
        }
    }
}

impl fmt::Display for HistoryPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}_{}_{}", self.at, self.source, self.id)
    }
}

impl FromStr for HistoryPlace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parse = || {
            let mut parts = text.split('_');
            let place = Self {
                at: parts.next()?.parse().ok()?,
                source: parts.next()?.parse().ok()?,
                id: parts.next()?.parse().ok()?,
            };
            parts.next().is_none().then_some(place)
        };
        parse().ok_or_else(|| {
            Error::BadRequest("`before` must come from the link to older entries.".to_owned())
        })
    }
}

impl HistorySelection<'_> {
    fn has(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }

    /// The kinds of activity to read. Those that add a version are left out, since the version is an entry of its own.
    fn kinds(&self) -> Vec<&'static str> {
        let is_wanted = |kind: &Kind| {
            let is_version = matches!(kind, Kind::Created | Kind::Edited);
            self.activity && self.has(Topic::of(*kind)) && !(self.contents && is_version)
        };
        let kinds = Kind::ALL.into_iter().filter(is_wanted);
        kinds.map(Kind::as_str).collect()
    }
}

impl History {
    pub async fn read(
        store: &Store,
        clip: &Clip,
        selection: &HistorySelection<'_>,
    ) -> Result<Self, Error> {
        let mut places = places(store, clip, selection).await?;
        let has_more = places.len() > selection.limit;
        places.truncate(selection.limit);
        Ok(Self {
            entries: entries(store, clip, &places).await?,
            restored: Activity::restored(store, clip).await?,
            next: places.last().copied().filter(|_| has_more),
        })
    }
}

/// The places of the entries on a page, and of one more if there is one.
async fn places(
    store: &Store,
    clip: &Clip,
    selection: &HistorySelection<'_>,
) -> Result<Vec<HistoryPlace>, Error> {
    let source = |source: i32, table: &str, id: &str, at: &str, condition: &str| {
        format!(
            "(
                select {at} as at, {source} as source, {id}::bigint as id
                from {table}
                where clip_id = $1
                and {condition}
                and ({at}, {source}, {id}::bigint) < (coalesce($5::timestamptz, 'infinity'), $6::integer, $7::bigint)
                order by {at} desc, {id} desc
                limit $8
            )"
        )
    };
    let sql = format!(
        "select at, source, id from ({} union all {} union all {}) as entries
         order by at desc, source desc, id desc
         limit $8",
        source(VERSIONS, "versions", "number", "created_at", "$2::boolean"),
        source(RESULTS, "results", "id", "finished_at", "$3::boolean"),
        source(
            ACTIVITIES,
            "clip_deeds",
            "id",
            "created_at",
            "kind = any ($4::text[])"
        ),
    );
    let before = selection.before;
    let client = store.client().await?;
    let rows = client
        .query(
            &sql,
            &[
                &clip.number,
                &(selection.contents && selection.has(Topic::Query)),
                &(selection.contents && selection.has(Topic::Data)),
                &selection.kinds(),
                &before.map(|place| place.at),
                &before.map_or(0, |place| place.source),
                &before.map_or(0, |place| place.id),
                &(selection.limit as i64 + 1),
            ],
        )
        .await?;
    let place = |row: &tokio_postgres::Row| HistoryPlace {
        at: row.get("at"),
        source: row.get("source"),
        id: row.get("id"),
    };
    Ok(rows.iter().map(place).collect())
}

/// The entries at these places, in their order.
async fn entries(store: &Store, clip: &Clip, places: &[HistoryPlace]) -> Result<Vec<Entry>, Error> {
    let of = |source: i32| -> Vec<i64> {
        let places = places.iter().filter(|place| place.source == source);
        places.map(|place| place.id).collect()
    };
    let mut entries = Vec::new();
    for version in versions(store, clip, &of(VERSIONS)).await? {
        entries.push((VERSIONS, i64::from(version.number), Entry::Version(version)));
    }
    for result in StoredResult::find_many(store, &of(RESULTS)).await? {
        entries.push((RESULTS, result.id, Entry::Result(result)));
    }
    for activity in Activity::find_many(store, &of(ACTIVITIES)).await? {
        entries.push((ACTIVITIES, activity.number, Entry::Activity(activity)));
    }
    let place = |source: i32, id: i64| {
        let is = |place: &HistoryPlace| (place.source, place.id) == (source, id);
        places.iter().position(is)
    };
    entries.sort_by_key(|(source, id, _)| place(*source, *id));
    Ok(entries.into_iter().map(|(_, _, entry)| entry).collect())
}

async fn versions(store: &Store, clip: &Clip, numbers: &[i64]) -> Result<Vec<Version>, Error> {
    let (columns, joins) = (version::COLUMNS, version::JOINS);
    let sql = format!(
        "select {columns} from versions {joins} where clip_id = $1 and versions.number = any ($2::bigint[])"
    );
    let client = store.client().await?;
    let rows = client.query(&sql, &[&clip.number, &numbers]).await?;
    Ok(rows.iter().map(Version::from_row).collect())
}
