//! `POST /{slug}/parameters`: how the form asks for the values of a clip's parameters. For editors too.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::settings_section::TypedSettings;
use crate::access::Editable;
use crate::error::Error;
use crate::model::{Changes, Clip, ParameterSettings};
use crate::run::Failure;
use crate::web::app::App;
use crate::web::clip::settings::settings_page::SettingsPage;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::{error_response, render};
use crate::web::parameter_types::failure_with;
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
    check_types(app, clip, &settings).await?;
    let changes = Changes {
        parameters: Some(&settings),
        ..Changes::default()
    };
    clip.change(&app.store, &clip.editor, &changes).await?;
    Ok(())
}

/// Refuses a type with which the query fails, beside its field. A query that fails anyway may have any.
async fn check_types(app: &App, clip: &Clip, settings: &[ParameterSettings]) -> Result<(), Error> {
    let (mut fixed, changed) = (clip.fixed_types(), clip.fixed_types_with(settings));
    let version = &clip.version;
    if fixed == changed {
        return Ok(());
    }
    let Some(failure) = failure_with(app, version, changed.clone()).await else {
        return Ok(());
    };
    if failure_with(app, version, fixed.clone()).await.is_some() {
        return Ok(());
    }
    // The first that makes it fail.
    for ParameterSettings { name, .. } in settings {
        fixed.remove(name);
        fixed.extend(
            changed
                .get_key_value(name)
                .map(|(name, fixed)| (name.clone(), *fixed)),
        );
        if let Some(failure) = failure_with(app, version, fixed.clone()).await {
            return Err(breaking(name, &failure));
        }
    }
    let first = settings.first().map_or("", |one| &one.name);
    Err(breaking(first, &failure))
}

fn breaking(name: &str, failure: &Failure) -> Error {
    Error::Invalid {
        field: format!("type.{name}").into(),
        message: format!(
            "With this type the query fails: {} Choose another.",
            sentence(&failure.message())
        ),
    }
}

/// PostgreSQL's messages have no full stop.
fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}
