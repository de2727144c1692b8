//! `/databases/{id}`: one database. What it reports about itself, who may query it, and its removal.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::database_form::{DatabaseForm, Typed};
use super::done::Done;
use super::followers::section::FollowersSection;
use super::health_badge::Health;
use super::refusal::Refusal;
use super::{health_badge, opening};
use crate::error::Error;
use crate::model::{Database, DatabaseChanges, Source};
use crate::run::WithoutFollower;
use crate::run::role::{Grade, Omission};
use crate::web::app::App;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;
use crate::web::page::{error_response, time_tag};
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "database/database.html")]
pub struct DatabasePage<'a> {
    pub visitor: &'a Visitor,
    pub database: &'a Database,
    pub clips: i64,
    /// `None` for one that is removed.
    pub health: Option<Health>,
    pub omissions: Vec<Omission>,
    /// `None` for one that is removed.
    pub followers: Option<FollowersSection>,
    /// The databases to which its clips can move.
    pub others: Vec<Database>,
    pub form: DatabaseForm,
    pub move_problems: FieldErrors,
    pub restoration_refusal: Option<Refusal>,
    pub done: Option<Done>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = find(&app, &id).await?;
    let page = DatabasePage {
        done: query.get("done").and_then(|done| Done::parse(done)),
        ..DatabasePage::read(&app, &visitor, &database).await?
    };
    Ok(render(&page))
}

/// Redirects a GET of a form-only address, as after signing in again or changing the theme.
pub async fn back(Path(id): Path<String>) -> Result<Redirect, Error> {
    Ok(Redirect::to(&format!("/databases/{}", url::id(&id)?)))
}

/// A new connection is tried before anything is stored.
pub async fn update(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = find(&app, &id).await?;
    if database.is_removed {
        return Err(Error::not_found("database"));
    }
    match change(&app, &database, &typed).await {
        Ok(done) => Ok(done.redirect(&database).into_response()),
        Err(error) => {
            let status = error_response::status(&error);
            let page = DatabasePage::read(&app, &visitor, &database).await?;
            let form = page.form.refused(typed, error)?;
            let page = DatabasePage { form, ..page };
            Ok((status, render(&page)).into_response())
        }
    }
}

async fn change(app: &App, database: &Database, typed: &Typed) -> Result<Done, Error> {
    let open_to = typed.open_to()?;
    let connection = typed.connect(app, Some(database)).await?;
    let changes = DatabaseChanges {
        name: Some(typed.name()),
        url: connection.as_ref().map(|connection| connection.url()),
        open_to: Some(&open_to),
        ..DatabaseChanges::default()
    };
    database.change(&app.store, &app.key, &changes).await?;
    let Some(connection) = connection else {
        return Ok(Done::Changed);
    };
    let done = match connection.is_created() {
        true => Done::RoleCreated,
        false => Done::Changed,
    };
    connection.keep(app, database).await;
    Ok(done)
}

impl<'a> DatabasePage<'a> {
    pub async fn read(
        app: &App,
        visitor: &'a Visitor,
        database: &'a Database,
    ) -> Result<Self, Error> {
        let (health, followers) = match database.is_removed {
            true => (None, None),
            false => {
                let (health, followers) = tokio::join!(
                    Health::check(app, database),
                    FollowersSection::read(app, database)
                );
                (Some(health?), Some(followers?))
            }
        };
        let refusal = health.as_ref().and_then(Health::refusal);
        let mut form = DatabaseForm::edit(app, database);
        if refusal.is_some_and(|refusal| refusal.is_overprivileged) {
            form = form.offering_role(app, database);
        }
        let mut others = Database::all(&app.store).await?;
        others.retain(|other| other.id != database.id);
        Ok(Self {
            visitor,
            database,
            clips: database.clips(&app.store).await?,
            health,
            omissions: database.omissions(&app.store).await?,
            followers,
            others,
            form,
            move_problems: FieldErrors::default(),
            restoration_refusal: None,
            done: None,
        })
    }

    fn is_of_environment(&self) -> bool {
        self.database.source == Source::Environment
    }
}

/// How the database was added, for templates.
pub fn origin(source: &Source) -> &'static str {
    match source {
        Source::Added => "added by hand",
        Source::Environment => "from the environment",
        Source::Embedded => "the sample",
    }
}

/// The element of a statement to copy.
pub fn sql_id(kind: &str, place: &usize) -> String {
    format!("{kind}-sql-{place}")
}

/// The database with this id, removed or not.
pub async fn find(app: &App, id: &str) -> Result<Database, Error> {
    let database = Database::find_by_id(&app.store, url::id(id)?).await?;
    database.ok_or_else(|| Error::not_found("database"))
}
