//! `POST /{slug}/permissions`: who may see and edit a clip, as its settings show and change it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::permissions;
use crate::access::Owned;
use crate::error::Error;
use crate::model;
use crate::model::{Clip, Email, Grant, Grantee, May, OneTimeLink, Person, Revoked, Sharing};
use crate::web::app::App;
use crate::web::auth::invitation::Invited;
use crate::web::clip::page::clip_page::find;
use crate::web::clip::settings::settings_page::SettingsPage;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::people::{new_links, role};
use crate::web::visitor::Visitor;

/// Before the address in the name of a grant's fields: what it is to be, and what the page showed.
const MAY: &str = "may:";
const WAS: &str = "was:";

/// As they are, or as they were typed.
pub struct Permissions {
    pub anyone: bool,
    /// What the page showed: only what somebody changes there is changed.
    pub was_anyone: Option<bool>,
    pub grants: Vec<Row>,
    pub added: String,
    pub added_may: May,
}

/// Whoever has a grant.
pub struct Row {
    pub to: Grantee,
    /// What it is to be; `None` revokes it.
    pub may: Option<May>,
    /// What the page showed.
    pub was: Option<May>,
}

pub async fn update(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    cookies: CookieJar,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(find(&app, &segment).await?)?;
    let typed = Permissions::read(&fields);
    let error = match save(&app, &clip, &typed).await {
        Ok(links) => {
            let cookies = new_links::keep(&app, cookies, &links, &url::settings(&clip));
            let page = Redirect::to(&url::saved(&clip, "permissions"));
            return Ok((cookies, page).into_response());
        }
        Err(error) => error,
    };
    let status = error_response::status(&error);
    let mut headers = HeaderMap::new();
    error_response::add_headers(&error, &mut headers);
    let error = match error {
        error @ Error::TooManyAttempts { .. } => Error::invalid("grants", error.to_string()),
        error => error,
    };
    let editable = visitor.viewer.edit((*clip).clone())?;
    let page = SettingsPage {
        problems: FieldErrors::of(error)?,
        permissions: Some(typed),
        ..SettingsPage::new(&app, &visitor, &editable).await?
    };
    Ok((status, headers, error_response::render(&page)).into_response())
}

/// The links to hand over to whoever was new here, for an administrator.
async fn save(
    app: &Arc<App>,
    clip: &Owned<Clip>,
    typed: &Permissions,
) -> Result<Vec<OneTimeLink>, Error> {
    let added = permissions::parse_grantees(&typed.added)?;
    let added = added.into_iter().map(|to| Grant {
        to,
        may: typed.added_may,
    });
    let changed = typed.grants.iter().filter(|row| row.may != row.was);
    let changed = changed.filter_map(|row| {
        let (to, may) = (row.to.clone(), row.may?);
        Some(Grant { to, may })
    });
    let revoked = typed.grants.iter().filter(|row| row.may.is_none());
    let revoked: Vec<Grantee> = revoked.map(|row| row.to.clone()).collect();
    let sharing = Sharing {
        anyone: Some(typed.anyone).filter(|_| Some(typed.anyone) != typed.was_anyone),
        granted: &added.collect::<Vec<_>>(),
        changed: &changed.collect::<Vec<_>>(),
        revoked: Revoked::Those(&revoked),
    };
    let shared = permissions::share(app, clip, &sharing).await?;
    let invited = shared.invited.into_iter();
    let links = invited.filter_map(|(_, invited)| match invited {
        Invited::Link(link) => Some(link),
        Invited::Known | Invited::Mailed | Invited::MailFailed(_) | Invited::Waits => None,
    });
    Ok(links.collect())
}

impl Permissions {
    pub fn of(clip: &Clip) -> Self {
        let grants = clip.grants.iter().map(|grant| Row {
            to: grant.to.clone(),
            may: Some(grant.may),
            was: Some(grant.may),
        });
        Self {
            anyone: clip.anyone,
            was_anyone: Some(clip.anyone),
            grants: grants.collect(),
            added: String::new(),
            added_may: May::See,
        }
    }

    fn read(fields: &[(String, String)]) -> Self {
        let text = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let grants = fields.iter().filter_map(|(name, value)| {
            let to = Grantee::parse(name.strip_prefix(MAY)?)?;
            Some(Row {
                may: May::parse(value),
                was: May::parse(text(&format!("{WAS}{to}"))),
                to,
            })
        });
        Self {
            anyone: text("anyone") == "1",
            was_anyone: match text("was_anyone") {
                "1" => Some(true),
                "0" => Some(false),
                _ => None,
            },
            grants: grants.collect(),
            added: text("added").to_owned(),
            added_may: May::parse(text("added_may")).unwrap_or(May::See),
        }
    }
}

/// Of the people with grants on a clip, those who are known here.
pub async fn people(app: &App, clip: &Clip) -> Result<Vec<Person>, Error> {
    let people = clip.grants.iter().filter_map(|grant| grant.to.person());
    let people: Vec<&Email> = people.collect();
    Person::among(&app.store, &people).await
}

/// For the template: what there is to know of whoever a grant names, as a badge's kind and words. Nothing of a domain, or
/// of somebody who came in.
pub fn badge(people: &[Person], to: &Grantee) -> Option<(&'static str, &'static str)> {
    let email = to.person()?;
    let Some(person) = people.iter().find(|person| person.user.email == *email) else {
        return Some(("doubtful", "no account yet"));
    };
    if person.undelivered.is_some() {
        return Some(("bad", "the mail could not be sent"));
    }
    match person.state {
        model::State::Active => None,
        model::State::Invited | model::State::Waiting | model::State::Deactivated => {
            Some((role::kind(&person.state), role::words(&person.state)))
        }
    }
}
