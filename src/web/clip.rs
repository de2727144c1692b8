//! `GET /{slug}`: a clip's page, or its rows where the address ends in a format.

mod shown;

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use shown::{Cell, ShownResult};

use super::address::Address;
use super::options::Asked;
use super::problem::{self, Problem};
use super::viewer::DataViewer;
use super::{App, cors, headers, rows};
use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, Slug, Version};
use crate::run::Mark;

pub async fn show(
    State(app): State<Arc<App>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    viewer: Result<DataViewer, Error>,
    request: HeaderMap,
) -> Response {
    let address = Address::of(&uri);
    let clip = find(&app, viewer, address.slug.as_ref()).await;
    match address.suffix {
        Some(suffix) => machine(&app, clip, &suffix, &query, &request).await,
        None => page(&app, clip, &query)
            .await
            .unwrap_or_else(|error| problem::page(&error)),
    }
}

/// The rows in a machine format. Access is decided first, and decides whether other origins may read the answer.
async fn machine(
    app: &App,
    clip: Result<Readable<Clip>, Error>,
    suffix: &str,
    query: &HashMap<String, String>,
    request: &HeaderMap,
) -> Response {
    // That a clip was removed is only told to those who might see it.
    let may_read = matches!(clip, Ok(_) | Err(Error::Removed));
    let answer = async {
        let clip = clip?;
        let format = Format::parse(suffix).ok_or_else(|| unknown_format(suffix))?;
        rows::show(app, &clip, format, &Asked::parse(query)?, request).await
    };
    let mut response = answer.await.unwrap_or_else(IntoResponse::into_response);
    if may_read {
        cors::allow(response.headers_mut());
    }
    response
}

async fn page(
    app: &App,
    clip: Result<Readable<Clip>, Error>,
    query: &HashMap<String, String>,
) -> Result<Response, Error> {
    let clip = clip?;
    let version = rows::version(app, &clip, &Asked::parse(query)?).await?;
    let outcome = run(app, &clip, &version).await;
    let (status, result, problem) = match &outcome {
        Ok(result) => (StatusCode::OK, Some(result), None),
        Err(error @ Error::Internal(_)) => return Ok(problem::page(error)),
        Err(error) => (problem::status(error), None, Some(Problem::new(error))),
    };
    let sql = clip.sql(&version);
    let mark = problem
        .as_ref()
        .and_then(|problem| Mark::find(sql?, problem.position?));
    let page = ClipPage {
        clip: &clip,
        version: &version,
        sql,
        result,
        problem,
        mark,
    };
    let mut response = (status, problem::render(&page)).into_response();
    match &outcome {
        Ok(result) => headers::describe(response.headers_mut(), version.number, &result.summary),
        Err(error) => problem::add_headers(error, response.headers_mut()),
    }
    Ok(response)
}

async fn find(
    app: &App,
    viewer: Result<DataViewer, Error>,
    slug: Option<&Slug>,
) -> Result<Readable<Clip>, Error> {
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    let DataViewer(viewer) = viewer?;
    let clip = Clip::find_by_slug(&app.store, slug).await?;
    viewer.read(clip.ok_or_else(|| Error::not_found("dataclip"))?)
}

/// Runs the version and keeps its first rows.
async fn run(app: &App, clip: &Readable<Clip>, version: &Version) -> Result<ShownResult, Error> {
    let failed = |failure| Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    };
    let running = rows::start(app, clip, version).await?;
    let rows = running.rows().await.map_err(failed)?;
    let summary = running.summary().await.map_err(failed)?;
    let summary = app.recent.settle(clip.number, version.number, summary);
    Ok(ShownResult::read(&rows, summary).await)
}

fn unknown_format(suffix: &str) -> Error {
    Error::NotFound(format!(
        "There is no format “{suffix}”. A dataclip answers as {}.",
        Format::SUFFIXES.join(", ")
    ))
}

#[derive(Template)]
#[template(path = "clip.html")]
struct ClipPage<'a> {
    clip: &'a Clip,
    version: &'a Version,
    /// Where the viewer may see it.
    sql: Option<&'a str>,
    result: Option<&'a ShownResult>,
    problem: Option<Problem>,
    mark: Option<Mark>,
}

impl ClipPage<'_> {
    /// The address of this version in a format, relative to the page.
    fn download(&self, extension: &str) -> String {
        let slug = self.clip.slug.as_str();
        if self.version.number == self.clip.version.number {
            format!("/{slug}.{extension}")
        } else {
            format!("/{slug}.{extension}?version={}", self.version.number)
        }
    }

    /// Blank, as wide as the line number beside the marked line.
    fn gutter(&self) -> String {
        let line = self.mark.as_ref().map_or(0, |mark| mark.line);
        " ".repeat(line.to_string().len())
    }

    fn excel_csv(&self) -> String {
        let csv = self.download("csv");
        let separator = if csv.contains('?') { '&' } else { '?' };
        format!("{csv}{separator}bom=1&guard=1")
    }
}
