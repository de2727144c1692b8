//! `POST /first-steps/dismissal`: an administrator dismisses the first steps.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;

use crate::error::Error;
use crate::model::FirstSteps;
use crate::web::app::App;
use crate::web::visitor::Visitor;

pub async fn dismiss(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Redirect, Error> {
    visitor.viewer.administrate()?;
    FirstSteps::dismiss(&app.store, visitor.viewer.signed_in()?).await?;
    Ok(Redirect::to("/"))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/")
}
