//! `/databases/new`: adds a database with a name and a connection, once the connection was tried.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::database_form::{DatabaseForm, Typed};
use super::done::Done;
use crate::error::Error;
use crate::model::{Database, NewDatabase, Source};
use crate::web::app::App;
use crate::web::http::extract::Query;
use crate::web::http::form::Form;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct NewDatabaseQuery {
    #[serde(default)]
    name: String,
}

#[derive(Template)]
#[template(path = "database/new.html")]
struct NewPage<'a> {
    visitor: &'a Visitor,
    form: DatabaseForm,
}

pub async fn new(
    visitor: Visitor,
    Query(query): Query<NewDatabaseQuery>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    Ok(render(&NewPage {
        visitor: &visitor,
        form: DatabaseForm::new(Typed::named(query.name)),
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
    let status = error_response::status(&error);
    let page = NewPage {
        visitor: &visitor,
        form: DatabaseForm::new(Typed::default()).refused(typed, error)?,
    };
    Ok((status, render(&page)).into_response())
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
    connection.keep(app, &database).await;
    Ok((database, done))
}
