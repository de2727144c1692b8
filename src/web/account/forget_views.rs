//! `/account/views`: forgets which clips a person opened last, when they wish.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;

use super::done::Done;
use super::signed_in::Person;
use crate::error::Error;
use crate::model::View;
use crate::web::app::App;

pub async fn delete(State(app): State<Arc<App>>, person: Person) -> Result<Redirect, Error> {
    app.recent_views.forget(&person.user);
    View::forget(&app.store, &person.user).await?;
    Ok(Done::ViewsForgotten.redirect())
}
