//! `GET /`: what a visitor who is not signed in sees.

use askama::Template;
use axum::response::Response;

use super::visitor::Visitor;
use super::{App, problem};
use crate::error::Error;
use crate::model::Welcome;

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage<'a> {
    visitor: &'a Visitor,
    /// Nobody has followed the welcome link yet.
    is_new: bool,
}

pub async fn show(app: &App, visitor: &Visitor) -> Result<Response, Error> {
    let is_new = Welcome::is_open(&app.store).await?;
    Ok(problem::render(&FrontPage { visitor, is_new }))
}
