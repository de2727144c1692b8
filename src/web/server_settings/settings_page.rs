//! `/settings`: what administrators set for the whole server.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use crate::error::Error;
use crate::model::ServerSettings;
use crate::web::app::App;
use crate::web::clip::sharing::clip_access::ClipAccess;
use crate::web::http::extract::Query;
use crate::web::http::form::Form;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Chosen {
    default_access: ClipAccess,
}

#[derive(Deserialize)]
pub struct SettingsQuery {
    /// Present after the form was saved.
    saved: Option<String>,
}

#[derive(Template)]
#[template(path = "server_settings/settings.html")]
struct SettingsPage<'a> {
    visitor: &'a Visitor,
    default_access: ClipAccess,
    is_saved: bool,
}

pub async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<SettingsQuery>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let settings = ServerSettings::read(&app.store).await?;
    Ok(render(&SettingsPage {
        visitor: &visitor,
        default_access: ClipAccess::from_anyone(settings.anyone),
        is_saved: query.saved.is_some(),
    }))
}

pub async fn update(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Error> {
    visitor.viewer.administrate()?;
    let settings = ServerSettings {
        anyone: chosen.default_access.is_anyone(),
    };
    settings.keep(&app.store).await?;
    Ok(Redirect::to("/settings?saved=1"))
}
