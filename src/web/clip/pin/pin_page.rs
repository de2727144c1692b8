//! `POST /{slug}/pin`: pins a clip to a result, and unpins it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::pin_clip;
use super::pin_clip::Chosen;
use crate::error::Error;
use crate::web::app::App;
use crate::web::clip::parameters::carried;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Shown {
    version: i32,
    result: u32,
}

pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(shown): Form<Shown>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    let chosen = Chosen {
        version: Some(shown.version),
        result: Some(shown.result),
        ..Chosen::default()
    };
    pin_clip::create(&app, &clip, chosen).await?;
    Ok(Redirect::to(&url::clip(&clip)))
}

/// The address may have the values of the rows to which the clip was pinned.
pub async fn delete(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    query: RowsQuery,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    pin_clip::delete(&app, &clip).await?;
    let values = carried::of_query(&clip, &clip.version, &query);
    let page = carried::to_newest(&clip, &url::clip(&clip), &values);
    Ok(Redirect::to(&page))
}
