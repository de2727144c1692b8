//! `POST /{slug}/fork`: copies a version of a clip into a clip of one's own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::find;
use crate::error::Error;
use crate::web::form::Form;
use crate::web::request::Path;
use crate::web::visitor::Visitor;
use crate::web::{App, address, fork};

#[derive(Deserialize)]
pub struct Shown {
    version: Option<i32>,
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Form(shown): Form<Shown>,
) -> Result<Redirect, Error> {
    let clip = find(&app, &segment).await?;
    let forkable = fork::forkable(&app, &visitor.viewer, clip, shown.version).await?;
    let forked = fork::create(&app, &forkable).await?;
    Ok(Redirect::to(&address::clip(&forked)))
}
