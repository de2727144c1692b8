//! `POST /{slug}/fork`: copies a version of a clip into a new clip of the visitor's own.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::fork_clip;
use crate::error::Error;
use crate::web::app::App;
use crate::web::clip::page::created;
use crate::web::clip::parameters::carried;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Shown {
    version: Option<i32>,
}

/// The address may have values, with which the fork opens.
pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    cookies: CookieJar,
    query: RowsQuery,
    Form(shown): Form<Shown>,
) -> Result<(CookieJar, Redirect), Error> {
    let clip = app.clip(&address.slug).await?;
    let forkable = fork_clip::forkable(&app, &visitor.viewer, clip, shown.version).await?;
    let title = fork_clip::title(&forkable.clip);
    let forked = fork_clip::create(&app, &forkable, &title).await?;
    let cookies = created::announce(&app, &forked, cookies);
    let values = carried::of_query(&forked, &forked.version, &query);
    let page = carried::to_newest(&forked, &url::clip(&forked), &values);
    Ok((cookies, Redirect::to(&page)))
}
