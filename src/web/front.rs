//! `GET /`: what a visitor who is not signed in sees.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{App, problem};
use crate::model::Welcome;

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    /// Nobody has followed the welcome link yet.
    is_new: bool,
}

pub async fn show(State(app): State<Arc<App>>) -> Response {
    match Welcome::is_open(&app.store).await {
        Ok(is_new) => problem::render(&FrontPage { is_new }),
        Err(error) => problem::page(&error),
    }
}
