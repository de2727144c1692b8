//! `/{slug}/trail`: who did what with a clip, for its owner and administrators.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::activity::{ActivityList, ActivityQuery};
use crate::access::Owned;
use crate::error::Error;
use crate::model::Clip;
use crate::web::app::App;
use crate::web::clip::page::tabs::{Tab, Tabs};
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Query;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/history/activity.html")]
struct ActivityPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Owned<Clip>,
    /// `None` for a removed clip, which has no other pages.
    tabs: Option<Tabs>,
    activity: ActivityList,
}

pub async fn index(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Query(query): Query<ActivityQuery>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own(app.clip(&address.slug).await?)?;
    Ok(render(&ActivityPage {
        visitor: &visitor,
        clip: &clip,
        tabs: Tabs::find(&visitor.viewer, &clip, Tab::Activity),
        activity: ActivityList::read(&app, &clip, &query).await?,
    }))
}
