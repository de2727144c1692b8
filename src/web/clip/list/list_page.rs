//! `/`: the list of clips for a signed-in user, or the landing page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::recent;
use crate::access::{Queryable, Readable};
use crate::error::Error;
use crate::model::{Change, Clip, Database, Email, Listed, Listing, Order, User};
use crate::web::app::App;
use crate::web::database::queryable;
use crate::web::http::extract::Query;
use crate::web::http::url;
use crate::web::page::landing;
use crate::web::page::render;
use crate::web::visitor::Visitor;

const CLIPS_ON_A_PAGE: i64 = 50;

/// The search and filters of the list. Empty fields match everything.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    search: String,
    database: String,
    owner: String,
    /// Where the previous page ended.
    before: String,
}

#[derive(Template)]
#[template(path = "clip/list/list.html")]
struct ClipsPage<'a> {
    visitor: &'a Visitor,
    query: &'a ListQuery,
    clips: Vec<Readable<Clip>>,
    /// Only at the beginning of the list without filters.
    recent: Vec<Readable<Clip>>,
    databases: Vec<Queryable<Database>>,
    owners: Vec<Email>,
    /// The address of the next page, if there is one.
    next: Option<String>,
}

pub async fn index(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<ListQuery>,
) -> Result<Response, Error> {
    let Some(user) = visitor.user() else {
        return landing::show(&app, &visitor).await;
    };
    let page = query.page(&app, user).await?;
    let next = page.clips.last().filter(|_| page.has_more);
    let next = next.map(|clip| query.address_after(clip.last_change()));
    let clips = page.clips.into_iter().map(|clip| visitor.viewer.read(clip));
    let clips: Vec<_> = clips.collect::<Result<_, _>>()?;
    let recent = match query.is_unfiltered_start() {
        true => recent::clips(&app, &visitor, user, &clips).await?,
        false => Vec::new(),
    };
    Ok(render(&ClipsPage {
        visitor: &visitor,
        query: &query,
        clips,
        recent,
        databases: queryable::all(&app, &visitor.viewer).await?,
        owners: Clip::owners(&app.store, user).await?,
        next,
    }))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/clips/new")
}

impl ClipsPage<'_> {
    /// How many clips were found; empty for the list without filters.
    fn found(&self) -> String {
        match (self.query.is_filtered(), &self.next, self.clips.len()) {
            (false, _, _) => String::new(),
            (true, None, 1) => "1 dataclip".to_owned(),
            (true, None, count) => format!("{count} dataclips"),
            (true, Some(_), count) => format!("{count} dataclips, and more"),
        }
    }
}

impl ListQuery {
    async fn page(&self, app: &App, user: &User) -> Result<Listed, Error> {
        let owner = Email::parse(&self.owner);
        let text = |text: &'_ str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (search, database) = (text(&self.search), text(&self.database));
        let listing = Listing {
            search: search.as_deref(),
            database: database.as_deref(),
            owner: owner.as_ref(),
            limit: CLIPS_ON_A_PAGE,
            order: Order::LastChanged {
                before: parse_change(&self.before),
            },
        };
        Clip::list(&app.store, user, &listing).await
    }

    /// Whether a search or filter narrows the list.
    fn is_filtered(&self) -> bool {
        [&self.search, &self.database, &self.owner]
            .iter()
            .any(|text| !text.trim().is_empty())
    }

    /// Whether this is the first page of the list without filters.
    fn is_unfiltered_start(&self) -> bool {
        !self.is_filtered() && self.before.is_empty()
    }

    fn address_after(&self, change: Change) -> String {
        format!(
            "/?search={}&database={}&owner={}&before={}-{}",
            url::encode(&self.search),
            url::encode(&self.database),
            url::encode(&self.owner),
            change.at.as_microsecond(),
            change.number
        )
    }
}

/// Parses what [`ListQuery::address_after`] wrote. Anything else means the first page.
fn parse_change(text: &str) -> Option<Change> {
    let (at, number) = text.split_once('-')?;
    Some(Change {
        at: Timestamp::from_microsecond(at.parse().ok()?).ok()?,
        number: number.parse().ok()?,
    })
}
