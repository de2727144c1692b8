//! `/`: the list of clips for a signed-in user, or the landing page.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};

use super::list_query::{COLUMNS, Column, ListQuery};
use super::recent;
use crate::access::{Queryable, Readable};
use crate::error::Error;
use crate::model::{Clip, Database, Email, FirstSteps, LastRun, Star, User};
use crate::result::Direction;
use crate::web::app::App;
use crate::web::database::queryable;
use crate::web::http::extract::Query;
use crate::web::page::in_words::{count, grouped};
use crate::web::page::landing;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/list/list.html")]
struct ClipsPage<'a> {
    visitor: &'a Visitor,
    query: &'a ListQuery,
    clips: Vec<Readable<Clip>>,
    /// By the clips' numbers, like the stars.
    last_runs: HashMap<i64, LastRun>,
    stars: HashSet<i64>,
    /// Only on the first page without filters, like the first steps.
    recent: Vec<Readable<Clip>>,
    first_steps: Option<FirstSteps>,
    databases: Vec<Queryable<Database>>,
    owners: Vec<Email>,
    tags: Vec<String>,
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
    let page = ClipsPage::new(&app, &visitor, user, &query).await?;
    if !query.is_unfiltered_start() {
        return Ok(render(&page));
    }
    Ok(render(&ClipsPage {
        recent: recent::clips(&app, &visitor, user, &page.clips).await?,
        first_steps: FirstSteps::find(&app.store, user).await?,
        ..page
    }))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/clips/new")
}

impl<'a> ClipsPage<'a> {
    async fn new(
        app: &App,
        visitor: &'a Visitor,
        user: &User,
        query: &'a ListQuery,
    ) -> Result<Self, Error> {
        let store = &app.store;
        let (owner, tag) = (Email::parse(&query.owner), query.tag.to_lowercase());
        let listed = Clip::list(store, user, &query.listing(owner.as_ref(), &tag)).await?;
        let numbers: Vec<i64> = listed.clips.iter().map(|clip| clip.number).collect();
        let clips = listed
            .clips
            .into_iter()
            .map(|clip| visitor.viewer.read(clip));
        Ok(Self {
            visitor,
            query,
            clips: clips.collect::<Result<_, _>>()?,
            last_runs: LastRun::find_many(store, &numbers).await?,
            stars: Star::among(store, user, &numbers).await?,
            recent: Vec::new(),
            first_steps: None,
            databases: queryable::all(app, &visitor.viewer).await?,
            owners: Clip::owners(store, user).await?,
            tags: Clip::tags(store, user).await?,
            next: listed.end.map(|end| query.after(&end)),
        })
    }

    /// How many clips were found; empty for the list without filters.
    fn found(&self) -> String {
        let clips = count(self.clips.len() as u64, "clip");
        match (self.query.is_filtered(), &self.next) {
            (false, _) => String::new(),
            (true, None) => clips,
            (true, Some(_)) => format!("{clips}, and more"),
        }
    }

    /// The direction in which the list is sorted by this column, if it is.
    fn direction(&self, column: &Column) -> Option<Direction> {
        let (sort, direction) = self.query.order();
        (sort == column.sort).then_some(direction)
    }

    fn last_run(&self, clip: &Clip) -> Option<&LastRun> {
        self.last_runs.get(&clip.number)
    }

    fn is_starred(&self, clip: &Clip) -> bool {
        self.stars.contains(&clip.number)
    }

    /// Of a run that did not fail.
    fn rows(&self, run: &LastRun) -> Option<String> {
        let rows = run.rows?;
        Some(grouped(rows.unsigned_abs()))
    }
}
