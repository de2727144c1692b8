//! Who may see and edit a clip, as a part of the share page.

use askama::Template;

use super::{permissions, permissions_section};
use crate::access::Owned;
use crate::error::Error;
use crate::model;
use crate::model::{Clip, Email, Grantee, May, Person};
use crate::web::app::App;
use crate::web::http::form::FieldErrors;
use crate::web::people::new_links::NewLinks;
use crate::web::people::role;

/// The prefixes of the names of a grant's two form fields: the new value, and the value that the page showed.
const MAY: &str = "may:";
const WAS: &str = "was:";

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/sharing/permissions.html")]
pub struct PermissionsSection {
    slug: String,
    pub permissions: Permissions,
    /// The people with grants who have a user record.
    people: Vec<Person>,
    warnings: Vec<String>,
    pub new_links: NewLinks,
    pub problems: FieldErrors,
    pub is_saved: bool,
}

/// The permissions as they are, or as they were typed.
pub struct Permissions {
    pub anyone: bool,
    /// The value that the page showed: only a value that differs from it is a change.
    pub was_anyone: Option<bool>,
    pub grants: Vec<Row>,
    pub added: String,
    pub added_may: May,
}

/// A person or domain with a grant.
pub struct Row {
    pub to: Grantee,
    /// The new value; `None` revokes the grant.
    pub may: Option<May>,
    /// The value that the page showed.
    pub was: Option<May>,
}

impl PermissionsSection {
    pub async fn find(app: &App, clip: &Owned<Clip>) -> Result<Self, Error> {
        Ok(Self {
            slug: clip.slug.as_str().to_owned(),
            permissions: Permissions::from_clip(clip),
            people: people(app, clip).await?,
            warnings: permissions::warnings(&clip.grants),
            new_links: NewLinks::default(),
            problems: FieldErrors::default(),
            is_saved: false,
        })
    }
}

impl Permissions {
    pub fn from_clip(clip: &Clip) -> Self {
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

    /// Finds the grants that the clip has by their text, so that one to an address that would be refused today can be
    /// changed or removed.
    pub fn read(fields: &[(String, String)], clip: &Clip) -> Self {
        let text = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let grants = fields.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(MAY)?;
            let mut granted = clip.grants.iter().map(|grant| &grant.to);
            let existing = granted.find(|to| to.to_string() == name).cloned();
            let to = existing.or_else(|| Grantee::parse(name))?;
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

/// The people with grants on a clip who have a user record, in any state.
async fn people(app: &App, clip: &Clip) -> Result<Vec<Person>, Error> {
    let people = clip.grants.iter().filter_map(|grant| grant.to.person());
    let people: Vec<&Email> = people.collect();
    Person::among(&app.store, &people).await
}

/// For the template: the kind and text of the badge beside a grant. `None` for a domain, and for a person who has signed
/// in.
pub fn badge(people: &[Person], to: &Grantee) -> Option<(&'static str, &'static str)> {
    let email = to.person()?;
    let Some(person) = people.iter().find(|person| person.user.email == *email) else {
        return Some(("doubtful", "no account yet"));
    };
    if person.undelivered.is_some() {
        return Some(("bad", "e-mail not sent"));
    }
    match person.state {
        model::State::Active => None,
        model::State::Invited | model::State::Waiting | model::State::Deactivated => {
            Some((role::kind(&person.state), role::state_label(&person.state)))
        }
    }
}
