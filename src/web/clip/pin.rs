//! `POST /{slug}/pin`: holds a clip at a result, and lets it go again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::find;
use crate::error::Error;
use crate::web::form::Form;
use crate::web::pin::{self, Chosen};
use crate::web::request::Path;
use crate::web::visitor::Visitor;
use crate::web::{App, address};

#[derive(Deserialize)]
pub struct Shown {
    version: i32,
    result: u32,
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Form(shown): Form<Shown>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own_present(find(&app, &segment).await?)?;
    let chosen = Chosen {
        version: Some(shown.version),
        result: Some(shown.result),
    };
    pin::create(&app, &clip, chosen).await?;
    Ok(Redirect::to(&address::clip(&clip)))
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own_present(find(&app, &segment).await?)?;
    pin::delete(&app, &clip).await?;
    Ok(Redirect::to(&address::clip(&clip)))
}
