//! `/running`: what runs now at all servers, or on one database.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use crate::error::Error;
use crate::live::Cancellation;
use crate::model::{Database, RunningId, RunningNames, RunningRun};
use crate::web::app::App;
use crate::web::clip::page::progress::Progress;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::page::in_words::count;
use crate::web::page::render;
use crate::web::page::time_tag;
use crate::web::visitor::Visitor;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Its number; empty: all.
    database: String,
}

#[derive(Template)]
#[template(path = "running/running.html")]
struct RunningPage<'a> {
    visitor: &'a Visitor,
    app: &'a App,
    running: Vec<RunningRun>,
    names: RunningNames,
    /// The only one that is shown.
    database: Option<Database>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = match chosen.database.as_str() {
        "" => None,
        number => Some(find(&app, number).await?),
    };
    let mut running = app.live.running_now().await?;
    let is_chosen = |run: &RunningRun| {
        let database = database.as_ref();
        database.is_none_or(|database| database.id == run.facts.database)
    };
    running.retain(is_chosen);
    Ok(render(&RunningPage {
        visitor: &visitor,
        app: &app,
        names: RunningNames::find(&app.store, &running).await?,
        running,
        database,
    }))
}

pub async fn cancel(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Error> {
    visitor.viewer.administrate()?;
    let id = RunningId::parse(&id).ok_or_else(|| Error::not_found("page"))?;
    match app.live.cancel_running(id).await? {
        // It may have ended before.
        Some(Cancellation::Ended) | None => Ok(Redirect::to(&address(&chosen.database))),
        Some(Cancellation::Asked) => Err(Error::ServerSilent),
    }
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to(url::RUNNING)
}

async fn find(app: &App, number: &str) -> Result<Database, Error> {
    let database = Database::find_by_id(&app.store, url::id(number)?).await?;
    database.ok_or_else(|| Error::not_found("database"))
}

fn address(database: &str) -> String {
    match url::id(database) {
        Ok(id) => url::running_on(id),
        Err(_) => url::RUNNING.to_owned(),
    }
}

impl RunningPage<'_> {
    /// The chosen database's number, for the forms.
    fn chosen(&self) -> String {
        let database = self.database.as_ref();
        database.map_or(String::new(), |database| database.id.to_string())
    }

    fn database_name(&self, run: &RunningRun) -> &str {
        let name = self.names.databases.get(&run.facts.database);
        name.map_or("a database that is gone", String::as_str)
    }

    fn stage(&self, run: &RunningRun) -> String {
        Progress::new(&run.facts.progress, true).sentence
    }

    /// `ada@example.com and 2 others wait`
    fn waiting(&self, run: &RunningRun) -> String {
        let people = run.facts.people.iter();
        let names: Vec<&str> = people
            .filter_map(|person| self.names.people.get(person).map(String::as_str))
            .collect();
        // Somebody may wait in two windows.
        let others = run.facts.waiting.saturating_sub(names.len()) as u64;
        match (names.is_empty(), others) {
            (true, 0) => "nobody waits".to_owned(),
            (true, others) => format!("{} waiting", count(others, "request")),
            (false, 0) => format!("for {}", names.join(", ")),
            (false, others) => format!(
                "for {} and {} more",
                names.join(", "),
                count(others, "request")
            ),
        }
    }

    fn server(&self, run: &RunningRun) -> Option<String> {
        if self.app.servers.is_alone() {
            return None;
        }
        Some(match self.app.live.is_here(run) {
            true => "at this server".to_owned(),
            false => format!("at server {}", run.server.short_name()),
        })
    }
}
