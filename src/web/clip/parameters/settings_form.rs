//! `POST /{slug}/parameters`: how the form asks for the values of a clip's parameters. For editors too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::settings_section::TypedSettings;
use crate::access::Editable;
use crate::error::Error;
use crate::model::Clip;
use crate::web::app::App;
use crate::web::clip::settings::settings_page::SettingsPage;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::{error_response, render};
use crate::web::visitor::Visitor;

pub async fn update(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let typed = TypedSettings::all(&clip).into_iter();
    let typed: Vec<_> = typed.map(|settings| settings.with(&pairs)).collect();
    let Err(error) = save(&app, &clip, &typed).await else {
        return Ok(Redirect::to(&url::saved(&clip, "parameters")).into_response());
    };
    let status = error_response::status(&error);
    let page = SettingsPage {
        problems: FieldErrors::from_error(error)?,
        parameters: typed,
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    Ok((status, render(&page)).into_response())
}

async fn save(app: &App, clip: &Editable<Clip>, typed: &[TypedSettings]) -> Result<(), Error> {
    // The places were 1, 2, 3, …; of two with the same one, the one that was moved gets it.
    let mut ordered: Vec<_> = (1..).zip(typed).collect();
    ordered.sort_by_key(|(was, settings)| (settings.place(), settings.place().cmp(was)));
    let settings = ordered.into_iter().map(|(_, typed)| typed.settings());
    let settings: Vec<_> = settings.collect::<Result<_, _>>()?;
    clip.change_parameters(&app.store, &clip.editor, &settings)
        .await?;
    Ok(())
}
