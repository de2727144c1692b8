//! `POST /{slug}/owner`: transfers a clip to another owner.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::settings_page::SettingsPage;
use crate::access::{Owned, Viewer};
use crate::error::Error;
use crate::model::{Changes, Clip, FormerLinks, NewOwner};
use crate::web::app::App;
use crate::web::clip::whole;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    email: String,
    keep_links: Option<String>,
}

pub async fn update(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    let editable = visitor.viewer.edit((*clip).clone())?;
    let error = match transfer(&app, &clip, &typed).await {
        Ok(transferred) => {
            let next = next_page(&visitor.viewer, &transferred);
            return Ok(Redirect::to(&next).into_response());
        }
        Err(error) => error,
    };
    let status = error_response::status(&error);
    let mut page = SettingsPage::new(&app, &visitor, &editable).await?;
    page.problems = FieldErrors::from_error(error)?;
    page.new_owner = typed.email;
    Ok((status, render(&page)).into_response())
}

async fn transfer(app: &App, clip: &Owned<Clip>, typed: &Typed) -> Result<Clip, Error> {
    whole::expect(app, clip).await?;
    let owner = NewOwner::named(&app.store, "email", &typed.email).await?;
    let changes = Changes {
        owner: Some(&owner),
        former_links: FormerLinks::from_keep(typed.keep_links.is_some()),
        ..Changes::default()
    };
    clip.change(&app.store, &clip.by, &changes).await
}

/// The page that the previous owner sees next: the settings, the clip or the list, whichever they may still open.
fn next_page(viewer: &Viewer, transferred: &Clip) -> String {
    if viewer.edit(transferred.clone()).is_ok() {
        return url::saved(transferred, "owner");
    }
    match viewer.read(transferred.clone()) {
        Ok(clip) => url::clip(&clip),
        Err(_) => "/".to_owned(),
    }
}
