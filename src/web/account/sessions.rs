//! `/account/sessions`: signs a person out of one browser, or of all others at once.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;

use super::done::Done;
use super::signed_in::Person;
use crate::error::Error;
use crate::model::Session;
use crate::web::app::App;
use crate::web::auth::sign_in;
use crate::web::http::extract::Path;
use crate::web::http::url;

pub async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Redirect, Error> {
    let id = url::id(&id)?;
    let Person { visitor, user } = person;
    let sessions = Session::all(&app.store, &user, visitor.session.id()).await?;
    let ends_itself = |session: &Session| session.is_current && session.id == id;
    if sessions.iter().any(ends_itself) {
        return sign_in::delete(visitor).await;
    }
    Session::end(&app.store, &user, id).await?;
    Ok(Done::SessionEnded.redirect())
}

pub async fn delete_others(State(app): State<Arc<App>>, person: Person) -> Result<Redirect, Error> {
    let current = person.visitor.session.id();
    Session::end_others(&app.store, &person.user, current).await?;
    Ok(Done::OtherSessionsEnded.redirect())
}
