//! `/sign-in/link`: a link that signs in without a password, by mail.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Redirect, Response};

use super::client_address::ClientAddress;
use super::mail_request::{MailRequest, Typed};
use crate::error::Error;
use crate::web::app::App;
use crate::web::http::form::Form;
use crate::web::visitor::Visitor;

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back() -> Redirect {
    Redirect::to("/sign-in")
}

pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    ClientAddress(from): ClientAddress,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    MailRequest::SignIn
        .create(&app, &visitor, from, &typed)
        .await
}
