//! `/api/v1/people`.

use std::slice;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::deletion::Choice;
use super::{deletion, person_page, role};
use crate::error::Error;
use crate::model::{Email, Person, PersonChanges, Role};
use crate::web::app::App;
use crate::web::auth::invitation;
use crate::web::http::extract::{Body, Path, Query, flag};
use crate::web::page::error_response::ErrorBody;
use crate::web::visitor::ApiUser;

/// A person.
#[derive(Serialize, ToSchema)]
pub struct PersonBody {
    email: String,
    #[schema(value_type = Role)]
    role: &'static str,
    /// `active`, `invited`, `waiting` (for an administrator) or `deactivated`.
    state: &'static str,
    /// Clips of their own.
    clips: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
    /// The invitation, to pass on. Only where it was just created.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// Why the e-mail with the link could not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct PeopleBody {
    people: Vec<PersonBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPerson)]
pub struct CreateBody {
    email: String,
    #[schema(value_type = Role)]
    role: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonChanges)]
pub struct UpdateBody {
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// `false` deactivates the person at once; `true` reactivates them.
    active: Option<bool>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// `1` deletes somebody who has signed in, with their sessions, tokens and clip links. Histories and the audit keep their
    /// number.
    #[serde(default, deserialize_with = "flag")]
    #[param(value_type = Option<String>)]
    force: bool,
    /// Who gets their clips: the address of a member or an administrator. Somebody who owns clips is deleted only with this or
    /// `remove_clips`.
    clips_to: Option<String>,
    /// `1`, with `clips_to`: their clip links go on working, and become the new owner's.
    #[serde(default, deserialize_with = "flag")]
    #[param(value_type = Option<String>)]
    keep_links: bool,
    /// `1` removes their clips instead. You can restore them.
    #[serde(default, deserialize_with = "flag")]
    #[param(value_type = Option<String>)]
    remove_clips: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPersonLink)]
pub struct LinkBody {
    /// `invitation` or `reset`.
    #[schema(pattern = "^(invitation|reset)$")]
    purpose: String,
}

/// A one-time link, to hand over.
#[derive(Serialize, ToSchema)]
pub struct MadeLinkBody {
    link: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Why the e-mail with the link could not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
}

/// All people, in every state.
#[utoipa::path(get, operation_id = "list_people", path = "/api/v1/people", tag = "people",
    responses((status = 200, body = PeopleBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<PeopleBody>, Error> {
    viewer.administrate()?;
    let people = Person::all(&app.store, "").await?;
    let people = people.iter().map(PersonBody::new).collect();
    Ok(Json(PeopleBody { people }))
}

/// Invites somebody, by e-mail if that is set up, and by the link in the response.
#[utoipa::path(post, operation_id = "invite_person", path = "/api/v1/people", tag = "people", request_body = CreateBody,
    responses((status = 201, body = PersonBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Body(new): Body<CreateBody>,
) -> Result<(StatusCode, Json<PersonBody>), Error> {
    let administrator = viewer.administrate()?;
    let email = Email::parse(&new.email).ok_or_else(|| {
        Error::invalid("email", "Give an e-mail address such as ann@example.com.")
    })?;
    let role = role::parse(&new.role)?;
    let invited = invitation::invite_all(&app, &administrator, slice::from_ref(&email), role).await;
    let links = invited.map_err(|error| match error {
        Error::Invalid { .. } => Error::invalid("email", "This address already has an account."),
        error => error,
    })?;
    let person = find(&app, email.as_str()).await?;
    let body = PersonBody {
        link: links.first().map(|link| invitation::url(&app, link)),
        undelivered: links.into_iter().find_map(|link| link.undelivered),
        ..PersonBody::new(&person)
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Changes somebody's role, deactivates or reactivates them.
#[utoipa::path(patch, operation_id = "change_person", path = "/api/v1/people/{email}", tag = "people",
    params(("email" = String, Path)),
    request_body = UpdateBody,
    responses((status = 200, body = PersonBody)))]
pub async fn update(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(email): Path<String>,
    Body(changes): Body<UpdateBody>,
) -> Result<Json<PersonBody>, Error> {
    let administrator = viewer.administrate()?;
    let by = administrator.user();
    let role = changes.role.as_deref().map(role::parse).transpose()?;
    let person = find(&app, &email).await?;
    let changes = PersonChanges {
        role,
        is_active: changes.active,
    };
    role::change(&app, &person, changes, by).await?;
    Ok(Json(PersonBody::new(&find(&app, &email).await?)))
}

/// Withdraws the invitation of a person who never signed in; with `force=1`, deletes anybody else for good.
#[utoipa::path(delete, operation_id = "delete_person", path = "/api/v1/people/{email}", tag = "people",
    params(("email" = String, Path), DeleteQuery),
    responses((status = 204), (status = 422, description = "Nobody with the address in `clips_to` can own clips.", body = ErrorBody)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(email): Path<String>,
    Query(query): Query<DeleteQuery>,
) -> Result<StatusCode, Error> {
    let administrator = viewer.administrate()?;
    let choice = query.choice()?;
    let person = find(&app, &email).await?;
    match query.force {
        true => deletion::delete(&app, &person, choice, administrator.user()).await?,
        false => person.remove(&app.store).await.map_err(unforced)?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Creates a link to choose a password: an invitation, or a reset of a forgotten one. If mail is set up, it is mailed too.
#[utoipa::path(post, operation_id = "create_person_link", path = "/api/v1/people/{email}/link", tag = "people",
    params(("email" = String, Path)),
    request_body = LinkBody,
    responses((status = 201, body = MadeLinkBody)))]
pub async fn make_link(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(email): Path<String>,
    Body(new): Body<LinkBody>,
) -> Result<(StatusCode, Json<MadeLinkBody>), Error> {
    let administrator = viewer.administrate()?;
    let purpose = person_page::purpose(&new.purpose)?;
    let person = find(&app, &email).await?;
    let link = invitation::make(&app, &administrator, &person.user.email, purpose, "/").await?;
    let body = MadeLinkBody {
        link: invitation::url(&app, &link),
        expires_at: link.expires_at,
        undelivered: link.undelivered,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Says what deletes somebody who is no mere invitation.
fn unforced(error: Error) -> Error {
    match error {
        Error::Conflict(message) => Error::Conflict(format!("{message} `?force=1` deletes them.")),
        error => error,
    }
}

impl DeleteQuery {
    fn choice(&self) -> Result<Choice<'_>, Error> {
        match (self.clips_to.as_deref(), self.remove_clips) {
            (Some(_), true) => Err(Error::BadRequest(
                "Give either `clips_to` or `remove_clips`, not both.".to_owned(),
            )),
            (Some(to), false) => Ok(Choice::Give {
                to,
                keeps_links: self.keep_links,
            }),
            (None, _) if self.keep_links => Err(Error::BadRequest(
                "`keep_links` goes with `clips_to`: only a new owner can keep their links."
                    .to_owned(),
            )),
            (None, true) => Ok(Choice::Remove),
            (None, false) => Ok(Choice::None),
        }
    }
}

impl PersonBody {
    fn new(person: &Person) -> Self {
        Self {
            email: person.user.email.to_string(),
            role: person.user.role.as_str(),
            state: person.state.as_str(),
            clips: person.clips,
            last_seen_at: person.last_seen_at,
            link: None,
            undelivered: person.undelivered.clone(),
        }
    }
}

async fn find(app: &App, email: &str) -> Result<Person, Error> {
    let person = match Email::parse_existing(email) {
        Some(email) => Person::find_by_email(&app.store, &email).await?,
        None => None,
    };
    person.ok_or_else(|| Error::not_found("person"))
}
