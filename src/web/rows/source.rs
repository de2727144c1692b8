//! Where the requested rows come from: a stored result, or a run of the version's query.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::query::{PART_OPTIONS, RowsQuery};
use super::visible_rows::VisibleResult;
use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::live::{JoinedRun, LiveVersion, ResultWithRows, RunOutcome, Subject};
use crate::model::{Clip, Pin, StoredResult, Version};
use crate::run::{Failure, Origin, Query, Target, Values};
use crate::web::app::App;
use crate::web::auth::starter::Starter;
use crate::web::parameter_types;

/// A version, and the source of its rows.
pub struct RequestedRows {
    pub version: Version,
    /// Those that the address gives for the version's parameters.
    pub given: Values,
    pub source: RowsSource,
}

pub enum RowsSource {
    Stored(StoredResult),
    Live(Box<LiveSource>),
}

/// The rows of a version that runs on its database.
pub struct LiveSource {
    live: Arc<LiveVersion>,
    target: Target,
    query: Query,
    /// Rows whose run began before this moment are never fresh: they may come from another database.
    database_changed_at: Timestamp,
    age_max: Option<SignedDuration>,
}

impl RequestedRows {
    /// Without `?version=` the newest version, or the one that the clip is pinned to. A pinned clip never runs.
    pub async fn find(app: &App, clip: &Readable<Clip>, query: &RowsQuery) -> Result<Self, Error> {
        let pin = clip.pin.as_ref();
        let version = version(app, clip, query.version).await?;
        let parameters = version.parameters();
        let given = || match &parameters {
            Ok(parameters) => query.values(parameters, &version.parameter_types),
            Err(_) => Ok(Values::default()),
        };
        let given = clip.values(&version, parameters.as_ref().ok(), given)?;
        let stored = match (query.result, pin) {
            (Some(result), _) => {
                let stored = stored_result(app, clip, &version, result).await?;
                match has_values(&stored, &given) {
                    true => stored,
                    false => return Err(other_values(&stored)),
                }
            }
            (None, Some(pin)) => {
                let pin = Some(pin).filter(|_| query.version.is_none());
                newest_pinned(app, clip, &version, pin, &given).await?
            }
            (None, None) => {
                let types = &version.parameter_types;
                let values = parameters.and_then(|parameters| parameters.complete(&given, types));
                let values = values.map_err(|failure| failed(clip, failure))?;
                let live = LiveSource::find(app, clip, &version, values).await?;
                return Ok(Self {
                    version,
                    given,
                    source: RowsSource::Live(Box::new(live)),
                });
            }
        };
        Ok(Self {
            version,
            given,
            source: RowsSource::Stored(stored),
        })
    }

    /// The rows of which a window or columns are requested, and the options of that part. Where the address names the result,
    /// these come before parameters of their names; else after them.
    pub async fn find_part(
        app: &App,
        clip: &Readable<Clip>,
        query: &RowsQuery,
    ) -> Result<(Self, RowsQuery), Error> {
        if query.result.is_some() {
            let requested = Self::find(app, clip, &query.without(&PART_OPTIONS)).await?;
            return Ok((requested, query.clone()));
        }
        let requested = Self::find(app, clip, query).await?;
        let options = match requested.version.parameters() {
            Ok(parameters) => query.for_parameters(&parameters),
            Err(_) => query.clone(),
        };
        Ok((requested, options))
    }

    /// The stored result, or a live version's newest one. Runs nothing.
    pub async fn latest(
        &self,
        app: &App,
        clip: &Readable<Clip>,
        format: Format,
    ) -> Result<VisibleResult, Error> {
        let result = match &self.source {
            RowsSource::Stored(result) => open_stored(app, clip, result).await?,
            RowsSource::Live(live) => {
                let latest = live.latest().await?;
                latest.ok_or_else(|| no_result(self.version.number))?
            }
        };
        VisibleResult::open(clip, &self.version, format, result)
    }
}

impl LiveSource {
    /// [`Error::DatabaseRemoved`] where the database was removed: then a version shows nothing.
    pub async fn find(
        app: &App,
        clip: &Clip,
        version: &Version,
        values: Values,
    ) -> Result<Self, Error> {
        let database = app.cached_database(version).await?;
        Ok(Self {
            live: app.live.version(Subject::new(clip, version, &values)),
            target: app.target_of(clip, &database)?,
            query: Query {
                origin: Origin::Clip(clip.number),
                application_name: format!(
                    "dataclips clip {} version {}",
                    clip.number, version.number
                ),
                sql: version.sql.clone(),
                values,
                types: clip.parameter_types(version),
            },
            database_changed_at: database.updated_at,
            age_max: clip
                .max_age_seconds
                .map(|seconds| SignedDuration::from_secs(seconds.into())),
        })
    }

    /// Joins the current run, or starts one if `starter` may.
    pub fn run(&self, app: &App, starter: &Starter) -> Result<JoinedRun, Error> {
        let has_values = !self.query.values.is_empty();
        let admit = || starter.admit(app, has_values);
        self.live.run(&self.target, &self.query, admit)
    }

    pub fn version(&self) -> &Arc<LiveVersion> {
        &self.live
    }

    /// With which its query runs.
    pub fn values(&self) -> &Values {
        &self.query.values
    }

    /// The outcome of a run that was requested at this moment or later, for a client that comes back for it.
    pub async fn outcome_since(&self, requested: Timestamp) -> Result<Option<RunOutcome>, Error> {
        let requested = requested.max(self.database_changed_at);
        self.live.outcome_since(requested).await
    }

    /// The newest result, if the clip has a maximum age and the result is younger.
    pub async fn within_max_age(&self) -> Result<Option<ResultWithRows>, Error> {
        match self.age_max {
            Some(age_max) => self.younger_than(age_max).await,
            None => Ok(None),
        }
    }

    /// The newest result, if it is younger than this.
    pub async fn younger_than(&self, age: SignedDuration) -> Result<Option<ResultWithRows>, Error> {
        let from = Timestamp::now() - age;
        self.live.fresh(from, self.database_changed_at).await
    }

    /// Whether the result is at most this much older than the clip's maximum age, if there is one.
    pub fn is_young_enough(&self, result: &StoredResult, more: SignedDuration) -> bool {
        let age = Timestamp::now().duration_since(result.checked_at);
        self.age_max.is_none_or(|age_max| age <= age_max + more)
    }

    /// Whether no server has a newer one.
    pub async fn is_newest(&self, result: &StoredResult) -> Result<bool, Error> {
        let newest = self.live.newest_of_all().await?;
        Ok(newest.is_none_or(|newest| newest.number <= result.number))
    }

    /// The newest result, whatever its age.
    pub async fn latest(&self) -> Result<Option<ResultWithRows>, Error> {
        self.live.latest().await
    }

    /// When the version's database was changed last.
    pub fn database_changed_at(&self) -> Timestamp {
        self.database_changed_at
    }

    /// The facts of the newest result.
    pub async fn newest(&self) -> Result<Option<StoredResult>, Error> {
        self.live.newest().await
    }
}

/// The version with this number; else the one that the clip is pinned to, or the newest.
pub async fn version(app: &App, clip: &Clip, number: Option<i32>) -> Result<Version, Error> {
    let mut version = stored_version(app, clip, number).await?;
    // Nothing runs for a pinned clip, so its database is not asked either.
    if clip.pin.is_none() {
        parameter_types::complete(app, clip, &mut version).await;
    }
    Ok(version)
}

/// The same, with no more than the store knows of its parameters.
pub async fn stored_version(app: &App, clip: &Clip, number: Option<i32>) -> Result<Version, Error> {
    let pinned = clip.pin.as_ref().map(|pin| pin.version);
    let number = number.or(pinned).unwrap_or(clip.version.number);
    let version = Version::find(&app.store, clip, number).await?;
    version.ok_or_else(|| no_version(number))
}

/// A result of a version. Those with other values than the viewer's link fixes are not there for them.
async fn stored_result(
    app: &App,
    clip: &Readable<Clip>,
    version: &Version,
    number: u32,
) -> Result<StoredResult, Error> {
    match StoredResult::find(&app.store, clip.number, version.number, number).await {
        Ok(result) if clip.admits(version, &result.values) => Ok(result),
        // Nor does it show whose the results were that are gone.
        Ok(_) | Err(Error::Swept { .. }) if clip.has_fixed_values() => Err(Error::NotFound(
            format!("Version {} has no result {number}.", version.number),
        )),
        found => found,
    }
}

/// What a pinned clip shows: the result that it is pinned to, unless the address has another version or other values. Then it
/// is the newest of these whose rows are kept.
async fn newest_pinned(
    app: &App,
    clip: &Readable<Clip>,
    version: &Version,
    pin: Option<&Pin>,
    given: &Values,
) -> Result<StoredResult, Error> {
    if let Some(pin) = pin {
        let pinned = StoredResult::find_by_id(&app.store, pin.result_id).await?;
        if has_values(&pinned, given) {
            return Ok(pinned);
        }
    }
    let key = match given.is_empty() {
        true => None,
        false => {
            let values = version.parameters();
            let types = &version.parameter_types;
            let values = values.and_then(|parameters| parameters.complete(given, types));
            Some(values.map_err(|failure| failed(clip, failure))?.key())
        }
    };
    let number = version.number;
    let kept = StoredResult::newest_kept(&app.store, clip.number, number, key).await?;
    kept.ok_or_else(|| not_kept(number, given))
}

/// Whether the result's run had the values that an address gives.
fn has_values(result: &StoredResult, given: &Values) -> bool {
    let mut given = given.iter();
    given.all(|(name, value)| result.values.get(name) == Some(value))
}

/// A stored result with its rows; an error where the run failed.
pub async fn open_stored(
    app: &App,
    clip: &Readable<Clip>,
    result: &StoredResult,
) -> Result<ResultWithRows, Error> {
    let opened = app.live.open(result).await?;
    opened.map_err(|failure| failed(clip, failure))
}

/// A run's failure, as an error that shows only what the viewer may see.
pub fn failed(clip: &Readable<Clip>, failure: Failure) -> Error {
    Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    }
}

/// The error where a clip has no version with this number.
pub fn no_version(number: i32) -> Error {
    Error::NotFound(format!("This clip has no version {number}."))
}

fn not_kept(version: i32, given: &Values) -> Error {
    let with_these = match given.is_empty() {
        true => "",
        false => " with these values",
    };
    Error::NotFound(format!(
        "Version {version} has no stored result{with_these}, and a pinned clip does not run. Its owner can unpin it."
    ))
}

fn other_values(result: &StoredResult) -> Error {
    Error::NotFound(format!(
        "Result {} of version {} has other values. Leave out the result, or the values.",
        result.number, result.version
    ))
}

fn no_result(version: i32) -> Error {
    Error::NotFound(format!(
        "Version {version} has no result yet. Open its page, or request it in a format: that runs it."
    ))
}
