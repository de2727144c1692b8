//! Which rows an address asks for: a kept result's, or live ones.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::query::Asked;
use crate::access::Readable;
use crate::error::Error;
use crate::live::{Ending, Live, Run, Settled, Subject};
use crate::model::{Clip, StoredResult, Version};
use crate::run::{Failure, Query, Target};
use crate::web::app::App;

/// A version, and which of its rows.
pub struct Wanted<'a> {
    pub version: Version,
    pub source: Source<'a>,
}

pub enum Source<'a> {
    Kept(StoredResult),
    Live(Box<LiveRows<'a>>),
}

/// The rows of a version that runs on its database.
pub struct LiveRows<'a> {
    live: &'a Arc<Live>,
    subject: Subject,
    target: Target,
    query: Query,
    /// What was read before this may be of another database.
    database_changed_at: Timestamp,
    age_max: Option<SignedDuration>,
}

impl<'a> Wanted<'a> {
    /// Without `?version=` the newest one, or what the clip is pinned to. A pinned clip runs nothing.
    pub async fn find(app: &'a App, clip: &Readable<Clip>, asked: &Asked) -> Result<Self, Error> {
        let pin = clip.pin.as_ref();
        let pinned = pin.map(|pin| pin.version);
        let number = asked.version.or(pinned).unwrap_or(clip.version.number);
        let version = Version::find(&app.store, clip, number).await?;
        let version = version
            .ok_or_else(|| Error::NotFound(format!("This dataclip has no version {number}.")))?;
        let kept = match (asked.result, pin) {
            (Some(result), _) => {
                StoredResult::find(&app.store, clip.number, number, result).await?
            }
            (None, Some(pin)) if asked.version.is_none() => {
                StoredResult::find_by_id(&app.store, pin.result_id).await?
            }
            (None, Some(_)) => {
                let kept = StoredResult::newest_kept(&app.store, clip.number, number).await?;
                kept.ok_or_else(|| not_kept(number))?
            }
            (None, None) => {
                let source = Source::Live(Box::new(LiveRows::of(app, clip, &version).await?));
                return Ok(Self { version, source });
            }
        };
        let source = Source::Kept(kept);
        Ok(Self { version, source })
    }
}

impl<'a> LiveRows<'a> {
    /// [`Error::DatabaseRemoved`] where it was: then a version shows nothing any more.
    pub async fn of(app: &'a App, clip: &Clip, version: &Version) -> Result<Self, Error> {
        let database = app.cached_database(version).await?;
        Ok(Self {
            live: &app.live,
            subject: Subject::new(clip, version),
            target: app.target(&database)?,
            query: Query {
                application_name: format!(
                    "dataclips clip {} version {}",
                    clip.number, version.number
                ),
                sql: version.sql.clone(),
            },
            database_changed_at: database.updated_at,
            age_max: clip
                .max_age_seconds
                .map(|seconds| SignedDuration::from_secs(seconds.into())),
        })
    }

    /// Joins the run in flight, or starts one.
    pub fn run(&self) -> Arc<Run> {
        self.live.run(self.subject, &self.target, &self.query)
    }

    /// What a run came to that somebody comes back for, who asked at this moment.
    pub async fn ending_since(&self, asked: Timestamp) -> Result<Option<Ending>, Error> {
        let asked = asked.max(self.database_changed_at);
        self.live.ending_since(self.subject, asked).await
    }

    /// The newest result, if the clip has a maximum age and it is younger.
    pub async fn young_enough(&self) -> Result<Option<Settled>, Error> {
        match self.age_max {
            Some(age_max) => self.younger_than(age_max).await,
            None => Ok(None),
        }
    }

    /// The newest result, if it is younger than this.
    pub async fn younger_than(&self, age: SignedDuration) -> Result<Option<Settled>, Error> {
        let from = Timestamp::now() - age;
        self.live
            .fresh(self.subject, from, self.database_changed_at)
            .await
    }

    /// The newest result, whatever its age.
    pub async fn latest(&self) -> Result<Option<Settled>, Error> {
        self.live.latest(self.subject).await
    }

    /// The facts of the newest result.
    pub async fn newest(&self) -> Result<Option<StoredResult>, Error> {
        self.live.newest(self.subject).await
    }
}

/// A run's failure, in the words that the viewer may read.
pub fn failed(clip: &Readable<Clip>, failure: Failure) -> Error {
    Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    }
}

fn not_kept(version: i32) -> Error {
    Error::NotFound(format!(
        "Version {version} has no stored result, and a pinned dataclip runs nothing. Its owner can unpin it."
    ))
}
