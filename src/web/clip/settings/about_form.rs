//! `POST /{slug}/about`: a clip's name, description and tags. For editors too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::about::{About, TypedAbout};
use super::settings_page::SettingsPage;
use crate::error::Error;
use crate::model::Changes;
use crate::web::app::App;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::{error_response, render};
use crate::web::visitor::Visitor;

pub async fn update(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(typed): Form<TypedAbout>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let tags = typed.tags.as_deref();
    let tags = tags.map(|tags| tags.split(',').map(str::to_owned).collect::<Vec<_>>());
    let changes = Changes {
        title: typed.title.as_deref(),
        description: typed.description.as_deref(),
        tags: tags.as_deref(),
        ..Changes::default()
    };
    let Err(error) = clip.change(&app.store, &clip.editor, &changes).await else {
        return Ok(Redirect::to(&url::saved(&clip, "about")).into_response());
    };
    let status = error_response::status(&error);
    let page = SettingsPage {
        problems: FieldErrors::from_error(error)?,
        about: About::typed(&clip, typed),
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    Ok((status, render(&page)).into_response())
}
