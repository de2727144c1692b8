//! `POST /{slug}/permissions`: who may see and edit a clip, as its settings show and change it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::{SettingsPage, find};
use crate::access::Owned;
use crate::error::Error;
use crate::model::{self, Clip, Email, Grant, Grantee, May, OneTimeLink, Person, Sharing};
use crate::web::form::{Form, Problems};
use crate::web::invitation::Invited;
use crate::web::people::{new_links, role};
use crate::web::request::Path;
use crate::web::visitor::Visitor;
use crate::web::{App, address, problem, sharing};

/// Before the address in the name of a grant's field.
const MAY: &str = "may:";

/// As they are, or as they were typed.
pub struct Permissions {
    pub anyone: bool,
    /// Whoever has a grant, and what it is to be; `None` revokes it.
    pub grants: Vec<(Grantee, Option<May>)>,
    pub added: String,
    pub added_may: May,
}

pub async fn update(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    cookies: CookieJar,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own(find(&app, &segment).await?)?;
    if clip.is_removed {
        return Err(Error::Removed);
    }
    let typed = Permissions::read(&fields);
    let error = match save(&app, &clip, &typed).await {
        Ok(links) => {
            let cookies = new_links::keep(&app, cookies, &links, &address::settings(&clip));
            let page = Redirect::to(&address::saved(&clip, "permissions"));
            return Ok((cookies, page).into_response());
        }
        Err(error) => error,
    };
    let status = problem::status(&error);
    let editable = visitor.viewer.edit((*clip).clone())?;
    let page = SettingsPage {
        problems: Problems::of(error)?,
        permissions: Some(typed),
        ..SettingsPage::new(&app, &visitor, &editable).await?
    };
    Ok((status, problem::render(&page)).into_response())
}

/// The links to hand over to whoever was new here, for an administrator.
async fn save(
    app: &App,
    clip: &Owned<Clip>,
    typed: &Permissions,
) -> Result<Vec<OneTimeLink>, Error> {
    let added = sharing::parse_grantees(&typed.added)?;
    let kept = typed.grants.iter().filter_map(|(to, may)| {
        let (to, may) = (to.clone(), (*may)?);
        Some(Grant { to, may })
    });
    let added = added.into_iter().map(|to| Grant {
        to,
        may: typed.added_may,
    });
    let granted: Vec<Grant> = kept.chain(added).collect();
    let revoked = typed.grants.iter().filter(|(_, may)| may.is_none());
    let revoked: Vec<Grantee> = revoked.map(|(to, _)| to.clone()).collect();
    let sharing = Sharing {
        anyone: typed.anyone,
        granted: &granted,
        revoked: &revoked,
    };
    let shared = sharing::share(app, clip, &sharing).await?;
    let invited = shared.invited.into_iter();
    let links = invited.filter_map(|(_, invited)| match invited {
        Invited::Link(link) => Some(link),
        Invited::Known | Invited::Mailed | Invited::MailFailed(_) | Invited::Waits => None,
    });
    Ok(links.collect())
}

impl Permissions {
    pub fn of(clip: &Clip) -> Self {
        let grants = clip.grants.iter();
        Self {
            anyone: clip.anyone,
            grants: grants
                .map(|grant| (grant.to.clone(), Some(grant.may)))
                .collect(),
            added: String::new(),
            added_may: May::See,
        }
    }

    /// Each grant that the page showed has a field of its own, so that one that somebody else adds meanwhile stays.
    fn read(fields: &[(String, String)]) -> Self {
        let text = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let grants = fields.iter().filter_map(|(name, value)| {
            let to = Grantee::parse(name.strip_prefix(MAY)?)?;
            Some((to, May::parse(value)))
        });
        Self {
            anyone: text("anyone") == "1",
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
