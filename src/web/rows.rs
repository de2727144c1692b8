//! `GET /{slug}.csv` and its sisters: runs the version, encodes while rows arrive, answers when all is in hand.

use axum::http::HeaderMap;
use axum::response::Response;

use super::App;
use super::answer::Answer;
use super::coding;
use super::options::Asked;
use crate::access::Readable;
use crate::encode::{Caption, Coding, Format};
use crate::error::Error;
use crate::model::{Clip, Database, Version};
use crate::run::{Query, Running, Target};

/// The rows of a clip in one format.
pub async fn show(
    app: &App,
    clip: &Readable<Clip>,
    format: Format,
    asked: &Asked,
    request: &HeaderMap,
) -> Result<Response, Error> {
    let version = version(app, clip, asked).await?;
    let coding = if format.is_compressible() {
        coding::negotiate(request)
    } else {
        Coding::Identity
    };
    let running = start(app, clip, &version).await?;
    let answer = Answer {
        format,
        asked,
        caption: caption(app, clip, &version),
        coding,
        version: version.number,
        is_stored: false,
    };
    let failed = |failure| Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    };
    let settled = async {
        let summary = running.summary().await.map_err(failed)?;
        Ok::<_, Error>(app.held.settle(clip.number, version.number, summary))
    };
    let rows = running.rows().await.map_err(failed)?;
    let likely = app.held.latest(clip.number, version.number);
    let answers = &app.answers;
    answer
        .respond(answers, request, rows, settled, likely.as_ref())
        .await
}

/// The version that was asked for, the newest one without `?version=`.
pub async fn version(app: &App, clip: &Readable<Clip>, asked: &Asked) -> Result<Version, Error> {
    let number = asked.version.unwrap_or(clip.version.number);
    let Some(version) = Version::find(&app.store, clip, number).await? else {
        return Err(Error::NotFound(format!(
            "This dataclip has no version {number}."
        )));
    };
    match asked.result {
        None | Some(1) => Ok(version),
        Some(result) => Err(Error::NotFound(format!(
            "Version {number} has no result {result}."
        ))),
    }
}

/// Starts the version's run on its database.
pub async fn start(app: &App, clip: &Readable<Clip>, version: &Version) -> Result<Running, Error> {
    let database = version.database(&app.store).await?;
    let target = target(app, &database)?;
    let query = Query {
        application_name: format!("dataclips clip {} version {}", clip.number, version.number),
        sql: version.sql.clone(),
    };
    Ok(app.runner.start(&target, query))
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

/// What the file says of the clip beside its rows. It does not depend on who asks.
fn caption(app: &App, clip: &Clip, version: &Version) -> Caption {
    Caption {
        title: clip.title.clone(),
        version: version.number as u32,
        url: Some(format!(
            "{}/{}",
            app.settings.public_url,
            clip.slug.as_str()
        )),
        sql: clip.show_sql.then(|| version.sql.clone()),
    }
}
