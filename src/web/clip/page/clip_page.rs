//! `/{slug}`: a clip's page, or its rows where the address ends in a format.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::RANGE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use super::open_graph::OpenGraph;
use super::rights::Rights;
use super::rows_panel::RowsPanel;
use super::rows_state::RowsState;
use super::tabs::{Tab, Tabs};
use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Chart, Clip, Fork, Slug, Version};
use crate::web::app::App;
use crate::web::clip::chart::chart_view::{ChartQuery, ChartView, Drawn};
use crate::web::clip::query::edit_conflict::EditConflict;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::table::rows_table::Table;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::FieldErrors;
use crate::web::http::url::Address;
use crate::web::http::{cors, security_headers, url};
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::rows::download;
use crate::web::rows::query::Asked;
use crate::web::rows::source::Wanted;
use crate::web::visitor::Visitor;

/// Versions that the menu offers; the page of versions has all.
const VERSIONS_OFFERED: i64 = 20;

#[derive(Template)]
#[template(path = "clip/page/clip.html")]
pub struct ClipPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Clip,
    version: &'a Version,
    /// The numbers of the newest ones, and when they were added.
    versions: Vec<(i32, Timestamp)>,
    rights: Rights,
    /// Where it comes from, if it is a fork and the viewer may know.
    fork: Option<Fork>,
    /// For those who may edit.
    tabs: Option<Tabs>,
    /// As stored, or as typed; where the viewer may see it.
    sql: Option<&'a str>,
    pub problems: FieldErrors,
    pub query_error: Option<QueryError>,
    /// Whether `sql` was typed, and not saved.
    is_typed: bool,
    /// The number of the version that it is made from.
    pub base: i32,
    /// Who was quicker, where that is why it was not saved.
    pub edit_conflict: Option<EditConflict>,
    /// What the typed query returns.
    pub preview: Option<Preview>,
    /// Whether the page shows the chart as soon as there are rows.
    draws: bool,
    /// `None` beside a typed query.
    panel: Option<RowsPanel<'a>>,
    /// For what shows a link to an open clip.
    open_graph: Option<OpenGraph>,
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
        let clip = find_by(&app, address.slug.as_ref()).await?;
        let clip = visitor.viewer.read(clip)?;
        let chart_query = ChartQuery::of(&uri)?;
        return page(&app, &visitor, &clip, &query, &chart_query).await;
    };
    let (slug, path) = (address.slug, uri.path());
    Ok(machine(&app, visitor, slug, &suffix, path, &query, &request).await)
}

/// Programs that make links of what people write may append a slash.
pub async fn without_slash(Path(segment): Path<String>, RawQuery(query): RawQuery) -> Redirect {
    let segment = url::encode(&segment);
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Redirect::permanent(&format!("/{segment}{query}"))
}

/// The rows in a machine format. Access is decided first, and decides whether other origins may read the answer.
async fn machine(
    app: &App,
    visitor: Result<Visitor, Error>,
    slug: Option<Slug>,
    suffix: &str,
    path: &str,
    query: &HashMap<String, String>,
    request: &HeaderMap,
) -> Response {
    let mut may_others_read = false;
    let answer = async {
        let visitor = visitor?;
        let clip = find_lately(app, slug).await;
        let clip = clip.and_then(|clip| visitor.viewer.read_rows(clip));
        // That a clip was removed is only told to those who might see it. What a cookie opened is for its owner.
        may_others_read = match &clip {
            Ok(clip) => clip.anyone || !visitor.is_by_cookie,
            Err(Error::Removed) => !visitor.is_by_cookie,
            Err(_) => false,
        };
        let clip = clip?;
        let format = Format::parse(suffix).ok_or_else(|| unknown_format(suffix))?;
        visitor.viewer.read_format(&clip, format)?;
        let again = |version, asked_at| url::since(path, query, version, asked_at);
        let asked = Asked::parse(query)?;
        let answer = download::show(app, &clip, format, &asked, request, again).await?;
        // 202 has no rows yet.
        if answer.status() != StatusCode::ACCEPTED {
            app.last_fetched.note(&app.store, &clip);
        }
        Ok::<_, Error>(answer)
    };
    let mut response = answer.await.unwrap_or_else(IntoResponse::into_response);
    if may_others_read {
        cors::allow(response.headers_mut());
    }
    response
}

pub async fn page(
    app: &App,
    visitor: &Visitor,
    clip: &Readable<Clip>,
    query: &HashMap<String, String>,
    chart_query: &ChartQuery,
) -> Result<Response, Error> {
    let asked = Asked::parse(query)?;
    let kept = Chart::find(&app.store, clip).await?;
    let draws = chart_query.shows_chart(kept.as_ref());
    let query = if draws { &chart_query.of_rows() } else { query };
    let (version, state) = shown(app, clip, &asked, query).await?;
    let sql = clip.sql(&version);
    let rights = Rights::of(app, &visitor.viewer, clip, &version).await?;
    let chart = state.table.as_ref().map(|table| {
        ChartView::of(&Drawn {
            clip,
            version: &version,
            table,
            chart_query,
            kept: kept.as_ref(),
            edits: rights.edits,
        })
    });
    let chart = chart.transpose()?.flatten();
    let is_refused = chart.as_ref().is_some_and(ChartView::is_refused);
    let page = ClipPage {
        visitor,
        clip,
        version: &version,
        versions: offered(app, clip).await?,
        rights,
        fork: origin(app, visitor, clip).await?,
        tabs: Tabs::of(&visitor.viewer, clip, Tab::Rows),
        sql,
        problems: FieldErrors::default(),
        query_error: state.query_error().map(|error| QueryError::new(error, sql)),
        is_typed: false,
        base: version.number,
        edit_conflict: None,
        preview: None,
        open_graph: OpenGraph::of(app, clip, &version, state.table.as_ref()),
        draws,
        panel: Some(RowsPanel::new(clip, &version, state, rights).with_chart(chart)),
    };
    // Who waits for a run's rows has the page already; a token's program opens no pages.
    if let Some(user) = visitor
        .user()
        .filter(|_| visitor.is_by_cookie && asked.since.is_none())
    {
        app.recent_views.note(&app.store, user, clip);
    }
    let mut response = error_response::render(&page);
    let Some(RowsPanel { state, .. }) = &page.panel else {
        return Ok(response);
    };
    *response.status_mut() = match is_refused {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => state.status,
    };
    let headers = response.headers_mut();
    if let Some(table) = &state.table {
        security_headers::describe(headers, version.number, &table.summary);
        app.last_fetched.note(&app.store, clip);
    }
    match &state.error {
        Some(_) if state.is_stale() => security_headers::mark_stale(headers),
        Some(error) => error_response::add_headers(error, headers),
        None => {}
    }
    Ok(response)
}

/// A version, and what there is of its rows.
pub async fn shown(
    app: &App,
    clip: &Readable<Clip>,
    asked: &Asked,
    query: &HashMap<String, String>,
) -> Result<(Version, RowsState), Error> {
    match Wanted::find(app, clip, asked).await {
        Ok(wanted) => {
            let state = RowsState::read(app, clip, &wanted, asked, query).await?;
            Ok((wanted.version, state))
        }
        // The version is there, but nothing of what was asked for.
        Err(
            error @ (Error::NotFound(_)
            | Error::Swept { .. }
            | Error::DatabaseRemoved
            | Error::DatabaseUnreadable(_)),
        ) => {
            let pinned = clip.pin.as_ref().map(|pin| pin.version);
            let number = asked.version.or(pinned).unwrap_or(clip.version.number);
            let version = Version::find(&app.store, clip, number).await?;
            let version = version.ok_or(Error::not_found("version"))?;
            Ok((version, RowsState::of(error)))
        }
        Err(error) => Err(error),
    }
}

/// The clip of a page below it, such as `/{slug}-text/settings`.
pub async fn find(app: &App, segment: &str) -> Result<Clip, Error> {
    find_by(app, Address::parse(segment).slug.as_ref()).await
}

pub async fn find_by(app: &App, slug: Option<&Slug>) -> Result<Clip, Error> {
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    let clip = Clip::find_by_slug(&app.store, slug).await?;
    clip.ok_or_else(|| Error::not_found("dataclip"))
}

/// As it was a moment ago: programs ask for rows again and again.
async fn find_lately(app: &App, slug: Option<Slug>) -> Result<Clip, Error> {
    let slug = slug.ok_or_else(|| Error::not_found("page"))?;
    app.cached_clip(&slug).await
}

async fn origin(app: &App, visitor: &Visitor, clip: &Clip) -> Result<Option<Fork>, Error> {
    match visitor.user() {
        Some(user) => Fork::find(&app.store, user, clip).await,
        None => Ok(None),
    }
}

pub async fn offered(app: &App, clip: &Clip) -> Result<Vec<(i32, Timestamp)>, Error> {
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

impl<'a> ClipPage<'a> {
    /// The page of somebody who edits the query, which is as he typed it, and not saved.
    pub async fn typed(
        app: &App,
        visitor: &'a Visitor,
        clip: &'a Clip,
        sql: &'a str,
    ) -> Result<Self, Error> {
        Ok(Self {
            visitor,
            clip,
            version: &clip.version,
            versions: offered(app, clip).await?,
            rights: Rights::of(app, &visitor.viewer, clip, &clip.version).await?,
            fork: origin(app, visitor, clip).await?,
            tabs: Tabs::of(&visitor.viewer, clip, Tab::Rows),
            sql: Some(sql),
            problems: FieldErrors::default(),
            query_error: None,
            is_typed: true,
            base: clip.version.number,
            edit_conflict: None,
            preview: None,
            draws: false,
            panel: None,
            open_graph: None,
        })
    }

    fn table(&self) -> Option<&Table> {
        self.panel.as_ref()?.table()
    }

    /// Whether the rows come from runs, and are not kept as they are.
    fn is_live(&self) -> bool {
        let panel = self.panel.as_ref();
        panel.is_some_and(|panel| panel.kept().is_none())
    }

    /// The page's note says that there is a newer version.
    fn is_pinned(&self) -> bool {
        self.panel.as_ref().is_some_and(RowsPanel::is_pinned)
    }

    fn newest(&self) -> String {
        url::version(self.clip, self.clip.version.number)
    }

    /// The address in a format of what the page shows.
    fn download(&self, extension: &str) -> String {
        self.at(&format!(".{extension}"))
    }

    /// Where what the page shows is shared.
    fn share(&self) -> String {
        self.at("/share")
    }

    fn at(&self, below: &str) -> String {
        let page = self.table().map(|table| table.address.clone());
        let page = page.unwrap_or_else(|| url::version(self.clip, self.version.number));
        match page.split_once('?') {
            Some((path, query)) => format!("{path}{below}?{query}"),
            None => format!("{page}{below}"),
        }
    }
}
