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
use super::visitor::Visitor;
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
    visitor: Result<Visitor, Error>,
    request: HeaderMap,
) -> Result<Response, Error> {
    let address = Address::of(&uri);
    let Some(suffix) = address.suffix else {
        let visitor = visitor?;
        let clip = find(&app, &visitor, address.slug.as_ref()).await?;
        return page(&app, &visitor, &clip, &query).await;
    };
    Ok(machine(&app, visitor, address.slug, &suffix, &query, &request).await)
}

/// The rows in a machine format. Access is decided first, and decides whether other origins may read the answer.
async fn machine(
    app: &App,
    visitor: Result<Visitor, Error>,
    slug: Option<Slug>,
    suffix: &str,
    query: &HashMap<String, String>,
    request: &HeaderMap,
) -> Response {
    let mut may_others_read = false;
    let answer = async {
        let visitor = visitor?;
        let clip = find(app, &visitor, slug.as_ref()).await;
        // That a clip was removed is only told to those who might see it. What a cookie opened is for its owner.
        may_others_read = match &clip {
            Ok(clip) => clip.anyone || !visitor.is_by_cookie,
            Err(Error::Removed) => !visitor.is_by_cookie,
            Err(_) => false,
        };
        let clip = clip?;
        let format = Format::parse(suffix).ok_or_else(|| unknown_format(suffix))?;
        rows::show(app, &clip, format, &Asked::parse(query)?, request).await
    };
    let mut response = answer.await.unwrap_or_else(IntoResponse::into_response);
    if may_others_read {
        cors::allow(response.headers_mut());
    }
    response
}

async fn page(
    app: &App,
    visitor: &Visitor,
    clip: &Readable<Clip>,
    query: &HashMap<String, String>,
) -> Result<Response, Error> {
    let version = rows::version(app, clip, &Asked::parse(query)?).await?;
    let outcome = match run(app, clip, &version).await {
        Err(error @ Error::Internal(_)) => return Err(error),
        outcome => outcome,
    };
    let (status, result, problem) = match &outcome {
        Ok(result) => (StatusCode::OK, Some(result), None),
        Err(error) => (problem::status(error), None, Some(Problem::new(error))),
    };
    let sql = clip.sql(&version);
    let mark = problem
        .as_ref()
        .and_then(|problem| Mark::find(sql?, problem.position?));
    let page = ClipPage {
        visitor,
        clip,
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

async fn find(app: &App, visitor: &Visitor, slug: Option<&Slug>) -> Result<Readable<Clip>, Error> {
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    let clip = Clip::find_by_slug(&app.store, slug).await?;
    let clip = clip.ok_or_else(|| Error::not_found("dataclip"))?;
    visitor.viewer.read(clip)
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
    visitor: &'a Visitor,
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
