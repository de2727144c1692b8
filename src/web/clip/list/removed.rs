//! `/clips/removed`: the removed clips, which can be restored.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::error::Error;
use crate::model::{Clip, RemovedClip};
use crate::web::app::App;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/list/removed.html")]
struct RemovedPage {
    visitor: Visitor,
    removed: Vec<RemovedClip>,
}

pub async fn index(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Error> {
    let user = visitor.viewer.signed_in()?;
    let removed = Clip::removed(&app.store, user).await?;
    Ok(render(&RemovedPage { visitor, removed }))
}
