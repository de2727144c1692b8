//! `/people/{id}`: one person. Their role, their links, and their deactivation.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::done::Done;
use super::new_links::NewLinks;
use super::{new_links, role};
use crate::access::Administrator;
use crate::error::Error;
use crate::model;
use crate::model::{Identity, Person, PersonChanges, Purpose};
use crate::web::app::App;
use crate::web::auth::invitation;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;
use crate::web::page::{error_response, time_tag};
use crate::web::visitor::Visitor;

const DEACTIVATE: PersonChanges = PersonChanges {
    role: None,
    is_active: Some(false),
};
const REACTIVATE: PersonChanges = PersonChanges {
    role: None,
    is_active: Some(true),
};

#[derive(Deserialize)]
pub struct TypedRole {
    role: String,
}

#[derive(Deserialize)]
pub struct TypedLink {
    purpose: String,
}

#[derive(Template)]
#[template(path = "people/person.html")]
struct PersonPage<'a> {
    visitor: &'a Visitor,
    person: &'a Person,
    /// The OpenID providers that know them.
    issuers: Vec<String>,
    done: Option<Done>,
    problems: FieldErrors,
    new_links: NewLinks,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
    cookies: CookieJar,
) -> Result<Response, Error> {
    let (_, person) = find(&app, &visitor, &id).await?;
    let page = PersonPage {
        visitor: &visitor,
        person: &person,
        issuers: Identity::issuers(&app.store, &person.user).await?,
        done: query.get("done").and_then(|done| Done::parse(done)),
        problems: FieldErrors::default(),
        new_links: NewLinks::take(&app, &cookies, url::PEOPLE)
            .await?
            .only_of(&person),
    };
    let no_store = [(CACHE_CONTROL, "no-store")];
    Ok((
        new_links::forget(cookies, url::PEOPLE),
        no_store,
        render(&page),
    )
        .into_response())
}

/// Redirects a GET of a form-only address, as after signing in again or changing the theme.
pub async fn back(Path(id): Path<String>) -> Result<Redirect, Error> {
    let (people, id) = (url::PEOPLE, url::id(&id)?);
    Ok(Redirect::to(&format!("{people}/{id}")))
}

pub async fn change_role(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(typed): Form<TypedRole>,
) -> Result<Response, Error> {
    let (administrator, person) = find(&app, &visitor, &id).await?;
    let changed = async {
        let changes = PersonChanges {
            role: Some(role::parse(&typed.role)?),
            ..PersonChanges::default()
        };
        role::change(&app, &person, changes, administrator.user()).await
    };
    match changed.await {
        Ok(()) => Ok(Done::RoleChanged.redirect(&person).into_response()),
        Err(error) => refuse(&app, &visitor, &person, error).await,
    }
}

/// Makes an invitation or a reset link, which also confirms a person who waits.
pub async fn make_link(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    cookies: CookieJar,
    Form(typed): Form<TypedLink>,
) -> Result<Response, Error> {
    let (administrator, person) = find(&app, &visitor, &id).await?;
    let purpose = purpose(&typed.purpose)?;
    let link = invitation::make(&app, &administrator, &person.user.email, purpose, "/").await?;
    let cookies = new_links::keep(&app, cookies, &[link], url::PEOPLE);
    let page = format!("{}#new-links", url::person(&person));
    Ok((cookies, Redirect::to(&page)).into_response())
}

pub async fn deactivate(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let person = change(&app, &visitor, &id, DEACTIVATE).await?;
    Ok(Done::Deactivated.redirect(&person))
}

pub async fn reactivate(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let person = change(&app, &visitor, &id, REACTIVATE).await?;
    Ok(Done::Reactivated.redirect(&person))
}

/// Unlinks a person from the OpenID provider, so that their address may be linked anew.
pub async fn unlink(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let (_, person) = find(&app, &visitor, &id).await?;
    Identity::unlink(&app.store, &person.user).await?;
    Ok(Done::Unlinked.redirect(&person))
}

/// Withdraws the invitation of a person who never signed in.
pub async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let (_, person) = find(&app, &visitor, &id).await?;
    person.remove(&app.store).await?;
    Ok(Redirect::to(url::PEOPLE))
}

/// The purposes for which administrators make links.
pub fn purpose(text: &str) -> Result<Purpose, Error> {
    Purpose::parse(text)
        .filter(|purpose| *purpose != Purpose::SignIn)
        .ok_or_else(|| Error::invalid("purpose", "Create a link for an invitation or a reset."))
}

async fn change(
    app: &App,
    visitor: &Visitor,
    id: &str,
    changes: PersonChanges,
) -> Result<Person, Error> {
    let (administrator, person) = find(app, visitor, id).await?;
    role::change(app, &person, changes, administrator.user()).await?;
    Ok(person)
}

pub async fn find(
    app: &App,
    visitor: &Visitor,
    id: &str,
) -> Result<(Administrator, Person), Error> {
    let administrator = visitor.viewer.administrate()?;
    let person = Person::find(&app.store, url::id(id)?).await?;
    let person = person.ok_or_else(|| Error::not_found("person"))?;
    Ok((administrator, person))
}

pub fn is_oneself(visitor: &Visitor, person: &Person) -> bool {
    let user = visitor.user();
    user.is_some_and(|user| user.id == person.user.id)
}

/// The page again, with the reason beside the role.
async fn refuse(
    app: &App,
    visitor: &Visitor,
    person: &Person,
    error: Error,
) -> Result<Response, Error> {
    let status = error_response::status(&error);
    let page = PersonPage {
        visitor,
        person,
        issuers: Identity::issuers(&app.store, &person.user).await?,
        done: None,
        problems: FieldErrors::from_error(error)?,
        new_links: NewLinks::default(),
    };
    Ok((status, render(&page)).into_response())
}

impl PersonPage<'_> {
    fn is_oneself(&self) -> bool {
        is_oneself(self.visitor, self.person)
    }

    /// Where an invitation can be withdrawn, that is enough.
    fn offers_deletion(&self) -> bool {
        let is_invited = matches!(
            self.person.state,
            model::State::Invited | model::State::Waiting
        );
        !self.is_oneself() && (!is_invited || self.person.clips > 0)
    }
}
