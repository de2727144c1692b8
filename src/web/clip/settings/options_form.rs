//! `POST /{slug}/options`: how a clip shows its query, and when it runs. For its owner and administrators.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::options::Options;
use super::settings_page::SettingsPage;
use crate::error::Error;
use crate::web::app::App;
use crate::web::clip::whole;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::{error_response, render};
use crate::web::visitor::Visitor;

pub async fn update(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(typed): Form<Options>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    let editable = visitor.viewer.edit((*clip).clone())?;
    whole::expect(&app, &clip).await?;
    let changed = match typed.changes() {
        Ok(changes) => clip.change(&app.store, &clip.by, &changes).await,
        Err(error) => Err(error),
    };
    let Err(error) = changed else {
        return Ok(Redirect::to(&url::saved(&clip, "options")).into_response());
    };
    let status = error_response::status(&error);
    let mut page = SettingsPage::new(&app, &visitor, &editable).await?;
    page.problems = FieldErrors::from_error(error)?;
    page.options = Some(typed);
    Ok((status, render(&page)).into_response())
}
