//! `/{slug}`: a clip's page, or its rows where the address ends in a format.

pub mod query;
mod rights;
pub mod settings;
mod table;
mod tabs;
pub mod versions;

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::RANGE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use rights::Rights;
use table::{Look, Table};
use tabs::{Tab, Tabs};

use super::address::{self, Address};
use super::complaint::Complaint;
use super::options::Asked;
use super::visitor::Visitor;
use super::{App, cors, headers, problem, rows};
use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, Slug, Version};
use crate::web::request::{Path, Query};

/// Versions that the menu offers; the page of versions has all.
const VERSIONS_OFFERED: i64 = 20;

#[derive(Template)]
#[template(path = "clip.html")]
struct ClipPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Clip,
    version: &'a Version,
    /// The numbers of the newest ones, and when they were added.
    versions: Vec<(i32, Timestamp)>,
    rights: Rights,
    /// For those who may edit.
    tabs: Option<Tabs>,
    /// As stored, or as typed; where the viewer may see it.
    sql: Option<&'a str>,
    sql_problem: Option<&'a str>,
    complaint: Option<Complaint>,
    /// Whether what is typed was not saved.
    is_refused: bool,
    table: Option<Table>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    visitor: Result<Visitor, Error>,
    method: Method,
    mut request: HeaderMap,
) -> Result<Response, Error> {
    if method == Method::HEAD {
        // It tells of the whole: RFC 9110, section 14.2.
        request.remove(RANGE);
    }
    let address = Address::of(&uri);
    let Some(suffix) = address.suffix else {
        let visitor = visitor?;
        let clip = readable(&app, &visitor, address.slug.as_ref()).await?;
        return page(&app, &visitor, &clip, &query).await;
    };
    Ok(machine(&app, visitor, address.slug, &suffix, &query, &request).await)
}

/// Programs that make links of what people write may append a slash.
pub async fn without_slash(Path(segment): Path<String>, RawQuery(query): RawQuery) -> Redirect {
    let segment = address::encode(&segment);
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Redirect::permanent(&format!("/{segment}{query}"))
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
        let clip = readable(app, &visitor, slug.as_ref()).await;
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
    let sql = clip.sql(&version);
    let (status, table, error) = match look(app, clip, &version, query).await {
        Ok(table) => (StatusCode::OK, Some(table), None),
        Err(error @ (Error::Internal(_) | Error::BadRequest(_))) => return Err(error),
        Err(error) => (problem::status(&error), None, Some(error)),
    };
    let rights = Rights::of(app, &visitor.viewer, clip, &version).await?;
    let page = ClipPage {
        visitor,
        clip,
        version: &version,
        versions: offered(app, clip).await?,
        rights,
        tabs: rights.edits.then(|| Tabs::new(clip, Tab::Rows)),
        sql,
        sql_problem: None,
        complaint: error.as_ref().map(|error| Complaint::new(error, sql)),
        is_refused: false,
        table,
    };
    let mut response = (status, problem::render(&page)).into_response();
    if let Some(table) = &page.table {
        headers::describe(response.headers_mut(), version.number, &table.summary);
    }
    if let Some(error) = &error {
        problem::add_headers(error, response.headers_mut());
    }
    Ok(response)
}

/// A page of the rows: of a fresh run, or, for somebody who goes on looking, of the latest result where it is held.
async fn look(
    app: &App,
    clip: &Readable<Clip>,
    version: &Version,
    query: &HashMap<String, String>,
) -> Result<Table, Error> {
    let look = Look::parse(query)?;
    // A database that was removed shows nothing any more.
    rows::target(app, &version.database(&app.store).await?)?;
    let held = app.held.find(clip.number, version.number);
    if let Some((rows, summary)) = held.filter(|_| Look::goes_on(query)) {
        return Table::read(clip, version, &rows, summary, look).await;
    }
    let failed = |failure| Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    };
    let running = rows::start(app, clip, version).await?;
    let rows = running.rows().await.map_err(failed)?;
    let summary = running.summary().await.map_err(failed)?;
    let held = &app.held;
    let summary = held.settle_and_keep(clip.number, version.number, summary, &rows);
    Table::read(clip, version, &rows, summary, look).await
}

async fn readable(
    app: &App,
    visitor: &Visitor,
    slug: Option<&Slug>,
) -> Result<Readable<Clip>, Error> {
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    let clip = Clip::find_by_slug(&app.store, slug).await?;
    let clip = clip.ok_or_else(|| Error::not_found("dataclip"))?;
    visitor.viewer.read(clip)
}

/// The clip of a page below it, such as `/{slug}-text/settings`.
async fn find(app: &App, segment: &str) -> Result<Clip, Error> {
    let slug = Address::parse(segment).slug;
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    let clip = Clip::find_by_slug(&app.store, &slug).await?;
    clip.ok_or_else(|| Error::not_found("dataclip"))
}

async fn offered(app: &App, clip: &Clip) -> Result<Vec<(i32, Timestamp)>, Error> {
    match clip.version.number {
        1 => Ok(Vec::new()),
        _ => Version::newest(&app.store, clip, VERSIONS_OFFERED).await,
    }
}

fn unknown_format(suffix: &str) -> Error {
    Error::NotFound(format!(
        "There is no format “{suffix}”. A dataclip answers as {}.",
        Format::SUFFIXES.join(", ")
    ))
}

impl ClipPage<'_> {
    /// The address of this version in a format.
    fn download(&self, extension: &str) -> String {
        let page = address::clip(self.clip);
        if self.version.number == self.clip.version.number {
            format!("{page}.{extension}")
        } else {
            format!("{page}.{extension}?version={}", self.version.number)
        }
    }

    fn excel_csv(&self) -> String {
        let csv = self.download("csv");
        let separator = if csv.contains('?') { '&' } else { '?' };
        format!("{csv}{separator}bom=1&guard=1")
    }
}
