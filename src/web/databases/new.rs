//! `/databases/new`: a name and a connection become a database, once the connection was tried.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::error::Error;
use crate::model::{Database, NewDatabase, Source};
use crate::web::database::done::Done;
use crate::web::database::form::{DatabaseForm, Typed};
use crate::web::form::Form;
use crate::web::request::Query;
use crate::web::visitor::Visitor;
use crate::web::{App, problem};

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    name: String,
}

#[derive(Template)]
#[template(path = "databases/new.html")]
struct NewPage<'a> {
    visitor: &'a Visitor,
    form: DatabaseForm,
}

pub async fn new(visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    Ok(problem::render(&NewPage {
        visitor: &visitor,
        form: DatabaseForm::new(Typed::named(wanted.name)),
    }))
}

pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let error = match add(&app, &typed).await {
        Ok((database, done)) => return Ok(done.redirect(&database).into_response()),
        Err(error) => error,
    };
    let status = problem::status(&error);
    let page = NewPage {
        visitor: &visitor,
        form: DatabaseForm::new(Typed::default()).refused(typed, error)?,
    };
    Ok((status, problem::render(&page)).into_response())
}

async fn add(app: &App, typed: &Typed) -> Result<(Database, Done), Error> {
    Database::check_name(&app.store, typed.name()).await?;
    let open_to = typed.open_to()?;
    let connection = typed.connect(app, None).await?;
    let connection = connection.ok_or_else(|| Error::invalid("url", "Enter the URL."))?;
    let new = NewDatabase {
        name: typed.name(),
        url: connection.url(),
        open_to: &open_to,
        source: Source::Added,
    };
    let database = Database::create(&app.store, &app.key, &new).await?;
    let done = match connection.is_created() {
        true => Done::RoleCreated,
        false => Done::Added,
    };
    connection.keep(app, &database);
    Ok((database, done))
}
