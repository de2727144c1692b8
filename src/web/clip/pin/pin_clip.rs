//! Pins a clip to a result, and unpins it: for the clip's pages and for the API.

use crate::access::Owned;
use crate::error::Error;
use crate::live::Subject;
use crate::model::{Clip, Pin, StoredResult, User, Version};
use crate::run::Values;
use crate::web::app::App;
use crate::web::auth::starter::Starter;
use crate::web::parameter_types;
use crate::web::rows::source::LiveSource;
use crate::web::rows::values_body::ValuesBody;

/// Which result to pin to. Without a number it is the newest one; without a version it is one of the newest version.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    pub version: Option<i32>,
    pub result: Option<u32>,
    /// Where no result is chosen: the values with which it ran.
    pub values: ValuesBody,
}

/// The version's query runs only if it has no result with these values yet.
pub async fn create(app: &App, clip: &Owned<Clip>, chosen: Chosen) -> Result<(), Error> {
    let number = chosen.version.unwrap_or(clip.version.number);
    let version = Version::find(&app.store, clip, number).await?;
    let mut version =
        version.ok_or_else(|| Error::NotFound(format!("This clip has no version {number}.")))?;
    clip.refuse_beyond(&version)?;
    if let Some(result) = chosen.result {
        let result = StoredResult::find(&app.store, clip.number, number, result).await?;
        if result.content.is_err() {
            return Err(Error::invalid(
                "result",
                "This result is an error and has no rows. Choose one with rows.",
            ));
        }
        return app.live.pin(clip, &result, &clip.by).await;
    }
    parameter_types::complete(app, clip, &mut version).await;
    let given = chosen.values.values(&version.parameter_types)?;
    let values = complete(&version, &given)?;
    let subject = Subject::new(clip, &version, &values);
    if let Some(result) = app.live.version(subject).newest().await? {
        match app.live.pin(clip, &result, &clip.by).await {
            Err(Error::Swept { .. }) => {}
            pinned => return pinned,
        }
    }
    run(app, clip, &version, values, &clip.by).await
}

/// Runs a version, and pins the clip to what that returns. Those who follow the run see the clip pinned.
async fn run(
    app: &App,
    clip: &Clip,
    version: &Version,
    values: Values,
    by: &User,
) -> Result<(), Error> {
    let source = LiveSource::find(app, clip, version, values).await?;
    let claim = source.run(app, &Starter::uncounted())?.claim();
    let settled = claim.outcome().await.map_err(|failure| Error::Run {
        failure,
        sees_sql: true,
    })?;
    app.live.pin_with_rows(clip, &settled, by).await
}

/// The given values, and the defaults of the other parameters.
fn complete(version: &Version, given: &Values) -> Result<Values, Error> {
    let parameters = version.parameters();
    let types = &version.parameter_types;
    let values = parameters.and_then(|parameters| parameters.complete(given, types));
    values.map_err(Error::of_query)
}

pub async fn delete(app: &App, clip: &Owned<Clip>) -> Result<(), Error> {
    Pin::delete(&app.store, clip, &clip.by).await
}
