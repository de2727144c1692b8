//! `/sign-in/forgotten`: a link to choose another password, by mail.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::client_address::ClientAddress;
use super::mail_request::{Asked, Typed};
use super::sign_in::Wanted;
use crate::error::Error;
use crate::web::app::App;
use crate::web::http::extract::Query;
use crate::web::http::form::Form;
use crate::web::visitor::Visitor;

pub async fn new(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Response {
    Asked::Reset.page(&app, &visitor, &wanted.next)
}

pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    ClientAddress(from): ClientAddress,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    Asked::Reset.answer(&app, &visitor, from, &typed)
}
