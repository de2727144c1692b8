//! Which rows an address asks for: a kept result's, or live ones.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::App;
use super::options::Asked;
use crate::access::Readable;
use crate::error::Error;
use crate::live::{Run, Settled, Subject};
use crate::model::{Clip, Database, StoredResult, Version};
use crate::run::{Failure, Query, Target};

/// A version, and which of its rows.
pub struct Wanted {
    pub version: Version,
    /// `None`: live ones.
    pub result: Option<StoredResult>,
}

impl Wanted {
    /// Without `?version=` the newest one, or what the clip is pinned to. A pinned clip runs nothing.
    pub async fn find(app: &App, clip: &Readable<Clip>, asked: &Asked) -> Result<Self, Error> {
        let pin = clip.pin.as_ref();
        let pinned = pin.map(|pin| pin.version);
        let number = asked.version.or(pinned).unwrap_or(clip.version.number);
        let version = Version::find(&app.store, clip, number).await?;
        let version = version
            .ok_or_else(|| Error::NotFound(format!("This dataclip has no version {number}.")))?;
        let result = match (asked.result, pin) {
            (Some(result), _) => {
                Some(StoredResult::find(&app.store, clip.number, number, result).await?)
            }
            (None, Some(pin)) if asked.version.is_none() => {
                Some(StoredResult::find_by_id(&app.store, pin.result_id).await?)
            }
            (None, Some(_)) => {
                let kept = StoredResult::newest_kept(&app.store, clip.number, number).await?;
                Some(kept.ok_or_else(|| not_kept(number))?)
            }
            (None, None) => None,
        };
        Ok(Self { version, result })
    }
}

/// The version as the room of live results knows it.
pub fn subject(clip: &Clip, version: &Version) -> Subject {
    Subject {
        clip: clip.number,
        version: version.number,
    }
}

/// Joins the version's run, or starts one on its database.
pub async fn run(app: &App, clip: &Clip, version: &Version) -> Result<Arc<Run>, Error> {
    let database = version.database(&app.store).await?;
    let target = target(app, &database)?;
    let query = Query {
        application_name: format!("dataclips clip {} version {}", clip.number, version.number),
        sql: version.sql.clone(),
    };
    Ok(app.live.run(subject(clip, version), &target, query))
}

/// The newest result, if the clip has a maximum age and it is younger.
pub async fn young_enough(
    app: &App,
    clip: &Clip,
    version: &Version,
) -> Result<Option<Settled>, Error> {
    let Some(seconds) = clip.max_age_seconds else {
        return Ok(None);
    };
    let from = Timestamp::now() - SignedDuration::from_secs(seconds.into());
    app.live.fresh(subject(clip, version), from).await
}

/// Where to run what queries this database, unless it was removed.
pub fn target(app: &App, database: &Database) -> Result<Target, Error> {
    if database.is_removed {
        return Err(Error::DatabaseRemoved);
    }
    Ok(Target {
        id: database.id,
        url: database.url(&app.key)?,
    })
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
