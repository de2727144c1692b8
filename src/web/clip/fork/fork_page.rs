//! `POST /{slug}/fork`: copies a version of a clip into a new clip of the visitor's own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::fork_clip;
use crate::error::Error;
use crate::web::app::App;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Shown {
    version: Option<i32>,
}

pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(shown): Form<Shown>,
) -> Result<Redirect, Error> {
    let clip = app.clip(&address.slug).await?;
    let forkable = fork_clip::forkable(&app, &visitor.viewer, clip, shown.version).await?;
    let forked = fork_clip::create(&app, &forkable).await?;
    Ok(Redirect::to(&url::clip(&forked)))
}
