//! `/{slug}/history`: what changed in a clip's query, data, sharing and settings, as one timeline. Everyone who sees the rows
//! sees versions and results; its owner and administrators also see who did what, even of a removed clip.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use jiff::Timestamp;

use super::result_entry;
use crate::access::{Queryable, Readable};
use crate::error::Error;
use crate::model::{
    Clip, Database, Entry, Fetch, History, HistoryPlace, HistorySelection, StoredResult, Topic,
    Version,
};
use crate::run::Parameters;
use crate::web::app::App;
use crate::web::clip::page::heading::{Heading, Section};
use crate::web::clip::parameters::{carried, in_words};
use crate::web::clip::whole;
use crate::web::database::queryable;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::{Path, Query};
use crate::web::http::url;
use crate::web::page::{render, time_tag};
use crate::web::visitor::Visitor;

const ENTRIES_ON_A_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "clip/history/history.html")]
struct HistoryPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Clip,
    heading: Heading,
    /// `None` for a removed clip, of which nothing can be opened.
    readable: Option<&'a Readable<Clip>>,
    owns: bool,
    edits: bool,
    /// Where the viewer may run an old query again.
    queryable: Vec<Queryable<Database>>,
    /// What there is to choose from.
    offered: &'a [Topic],
    /// The chosen topics; none: all.
    chosen: Vec<Topic>,
    history: History,
    /// Those of the newest version.
    parameters: Parameters,
    /// For the owner: when the rows were last fetched, to the minute, if ever.
    fetched_at: Option<Option<Timestamp>>,
}

/// The topics and the place in the page's address.
#[derive(Default)]
struct Wanted {
    topics: Vec<Topic>,
    before: Option<HistoryPlace>,
}

pub async fn index(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let clip = app.clip(&address.slug).await?;
    let viewer = &visitor.viewer;
    let owns = viewer.own(clip.clone()).is_ok();
    let readable = match clip.is_removed && owns {
        true => None,
        false => Some(viewer.read(clip.clone())?),
    };
    let wanted = Wanted::parse(&pairs)?;
    let offered = match owns {
        true => &Topic::ALL[..],
        false => &Topic::ALL[..2],
    };
    let selection = HistorySelection {
        topics: match wanted.topics.is_empty() {
            true => offered,
            false => &wanted.topics,
        },
        contents: readable.is_some(),
        activity: owns,
        before: wanted.before,
        limit: ENTRIES_ON_A_PAGE,
    };
    let mut history = History::read(&app.store, &clip, &selection).await?;
    let closed = whole::closed(&app, &clip, visitor.user()).await?;
    history.entries.retain(|entry| match entry {
        Entry::Result(result) => !whole::is_closed(result, &closed),
        Entry::Version(_) | Entry::Activity(_) => true,
    });
    Ok(render(&HistoryPage {
        visitor: &visitor,
        clip: &clip,
        heading: Heading::new(viewer, &clip, Section::History),
        readable: readable.as_ref(),
        owns,
        edits: viewer.edit(clip.clone()).is_ok(),
        queryable: queryable::all(&app, viewer).await?,
        offered,
        parameters: clip.version.parameters().unwrap_or_default(),
        history,
        fetched_at: match owns {
            true => Some(Fetch::last(&app.store, &clip).await?),
            false => None,
        },
        chosen: wanted.topics,
    }))
}

/// The former address of the list of versions.
pub async fn versions(Path(segment): Path<String>) -> Redirect {
    narrowed(&segment, Topic::Query)
}

/// The former address of the list of results.
pub async fn results(Path(segment): Path<String>) -> Redirect {
    narrowed(&segment, Topic::Data)
}

/// The former address of the activity.
pub async fn trail(Path(segment): Path<String>) -> Redirect {
    Redirect::to(&format!("/{}/history", url::encode(&segment)))
}

fn narrowed(segment: &str, topic: Topic) -> Redirect {
    let segment = url::encode(segment);
    Redirect::to(&format!("/{segment}/history?kind={}", topic.as_str()))
}

impl Wanted {
    fn parse(pairs: &[(String, String)]) -> Result<Self, Error> {
        let mut wanted = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "kind" => wanted.topics.push(topic(value)?),
                "before" => wanted.before = Some(value.parse()?),
                _ => {}
            }
        }
        Ok(wanted)
    }
}

fn topic(text: &str) -> Result<Topic, Error> {
    Topic::parse(text).ok_or_else(|| {
        Error::BadRequest("`kind` must be one of query, data, sharing and settings.".to_owned())
    })
}

impl HistoryPage<'_> {
    fn label(&self, topic: &Topic) -> &'static str {
        match topic {
            Topic::Query => "Query",
            Topic::Data => "Data",
            Topic::Sharing => "Sharing",
            Topic::Settings => "Settings",
        }
    }

    fn is_chosen(&self, topic: &Topic) -> bool {
        self.chosen.contains(topic)
    }

    /// The page with one topic more or less.
    fn toggled(&self, topic: &Topic) -> String {
        let mut topics = self.chosen.clone();
        match self.is_chosen(topic) {
            true => topics.retain(|chosen| chosen != topic),
            false => topics.push(*topic),
        }
        self.address(&topics, None)
    }

    fn everything(&self) -> String {
        self.address(&[], None)
    }

    fn older(&self, next: &HistoryPlace) -> String {
        self.address(&self.chosen, Some(*next))
    }

    fn address(&self, topics: &[Topic], before: Option<HistoryPlace>) -> String {
        let topics = topics
            .iter()
            .map(|topic| ("kind", topic.as_str().to_owned()));
        let before = before.map(|place| ("before", place.to_string()));
        let pairs = topics.chain(before);
        let pairs = pairs.map(|(name, value)| format!("{name}={}", url::encode(&value)));
        let query = pairs.collect::<Vec<_>>().join("&");
        let path = format!("{}/history", url::clip(self.clip));
        match query.is_empty() {
            true => path,
            false => format!("{path}?{query}"),
        }
    }

    /// The query of a version, if the viewer may see it.
    fn sql<'a>(&self, version: &'a Version) -> Option<&'a str> {
        self.readable?.sql(version)
    }

    fn may_restore(&self, version: &Version) -> bool {
        let is_queryable = |database: &Queryable<Database>| database.id == version.database_id;
        self.edits
            && version.differs_from(&self.clip.version)
            && self.queryable.iter().any(is_queryable)
    }

    fn may_note(&self, version: &Version) -> bool {
        let noted_by = |user| version.is_noted_by(self.clip, user);
        self.edits && self.visitor.user().is_some_and(noted_by)
    }

    fn is_pinned(&self, result: &StoredResult) -> bool {
        let pin = self.clip.pin.as_ref();
        pin.is_some_and(|pin| pin.result_id == result.id)
    }

    /// “Country = France, day = NULL”; `None` for a query without parameters.
    fn values(&self, result: &StoredResult) -> Option<String> {
        let words = in_words(self.clip, &self.parameters, &result.values);
        (!words.is_empty()).then_some(words)
    }

    /// Where a form is sent that leads to the current rows with the values of this result.
    fn unpinning(&self, result: &StoredResult) -> String {
        let path = format!("{}/unpinning", url::clip(self.clip));
        carried::to(&path, &result.values, &self.parameters)
    }

    fn summary(&self, result: &StoredResult) -> String {
        let sees_sql = self.readable.is_some_and(|clip| clip.sees_sql);
        result_entry::summary(result, sees_sql)
    }
}
