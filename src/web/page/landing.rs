//! `GET /`: what a visitor who is not signed in sees.

use askama::Template;
use axum::response::{Redirect, Response};

use crate::error::Error;
use crate::model::Welcome;
use crate::web::app::App;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "page/landing.html")]
struct LandingPage<'a> {
    visitor: &'a Visitor,
    /// Whether nobody has used the welcome link yet.
    is_new: bool,
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/")
}

pub async fn show(app: &App, visitor: &Visitor) -> Result<Response, Error> {
    let is_new = Welcome::is_open(&app.store).await?;
    Ok(render(&LandingPage { visitor, is_new }))
}
