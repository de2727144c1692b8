//! `/sign-in/forgotten`: a link to choose another password, by mail.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::client_address::ClientAddress;
use super::mail_request::{MailRequest, Typed};
use super::sign_in::SignInQuery;
use crate::error::Error;
use crate::web::app::App;
use crate::web::http::extract::Query;
use crate::web::http::form::Form;
use crate::web::visitor::Visitor;

pub async fn new(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<SignInQuery>,
) -> Response {
    MailRequest::Reset.page(&app, &visitor, &query.next)
}

pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    ClientAddress(from): ClientAddress,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    MailRequest::Reset
        .create(&app, &visitor, from, &typed)
        .await
}
