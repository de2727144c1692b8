//! `/sign-in/forgotten`: a link to choose another password, by mail.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::super::App;
use super::super::form::Form;
use super::super::throttle::From;
use super::super::visitor::Visitor;
use super::Wanted;
use super::asked::{Asked, Typed};
use crate::error::Error;
use crate::web::request::Query;

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
    From(from): From,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    Asked::Reset.answer(&app, &visitor, from, &typed)
}
