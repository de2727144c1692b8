//! `POST /{slug}/owner`: gives a clip to somebody else.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::find;
use super::settings::SettingsPage;
use crate::access::{Owned, Viewer};
use crate::error::Error;
use crate::model::{Changes, Clip};
use crate::web::form::{Form, Problems};
use crate::web::request::Path;
use crate::web::visitor::Visitor;
use crate::web::{App, address, owner, problem};

#[derive(Deserialize)]
pub struct Typed {
    email: String,
}

pub async fn update(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(find(&app, &segment).await?)?;
    let editable = visitor.viewer.edit((*clip).clone())?;
    let error = match transfer(&app, &clip, &typed.email).await {
        Ok(given) => {
            let next = next(&visitor.viewer, &given);
            return Ok(Redirect::to(&next).into_response());
        }
        Err(error) => error,
    };
    let status = problem::status(&error);
    let mut page = SettingsPage::new(&app, &visitor, &editable).await?;
    page.problems = Problems::of(error)?;
    page.new_owner = typed.email;
    Ok((status, problem::render(&page)).into_response())
}

async fn transfer(app: &App, clip: &Owned<Clip>, email: &str) -> Result<Clip, Error> {
    let owner = owner::find(app, "email", email).await?;
    let changes = Changes {
        owner: Some(&owner),
        ..Changes::default()
    };
    clip.change(&app.store, &clip.by, &changes).await
}

/// As far as whoever gave it away may still come.
fn next(viewer: &Viewer, given: &Clip) -> String {
    if viewer.edit(given.clone()).is_ok() {
        return address::saved(given, "owner");
    }
    match viewer.read(given.clone()) {
        Ok(clip) => address::clip(&clip),
        Err(_) => "/".to_owned(),
    }
}
