//! Roles and states, as pages and requests write them.

use crate::error::Error;
use crate::model::{Person, PersonChanges, Role, State, User};
use crate::web::app::App;

/// For templates.
pub const ROLES: [(Role, &str); 3] = [
    (Role::Administrator, "Administrator"),
    (Role::Member, "Member"),
    (Role::Guest, "Guest"),
];

/// For templates: what each role may do.
pub const HELP: &str = "Administrators can do everything. Members write clips on the databases that are open to them. Guests only see clips that were shared with them.";

pub fn parse(text: &str) -> Result<Role, Error> {
    Role::parse(text)
        .ok_or_else(|| Error::invalid("role", "Give the role administrator, member or guest."))
}

/// For templates: the badge's CSS class.
pub fn kind(state: &State) -> &'static str {
    match state {
        State::Active => "good",
        State::Invited | State::Waiting => "doubtful",
        State::Deactivated => "bad",
    }
}

/// For templates.
pub fn state_label(state: &State) -> &'static str {
    match state {
        State::Active => "active",
        State::Invited => "invited, link not used yet",
        State::Waiting => "waiting for an administrator",
        State::Deactivated => "deactivated",
    }
}

/// Changes a person, unless that takes the way in from the only one who has a password.
pub async fn change(
    app: &App,
    person: &Person,
    changes: PersonChanges,
    by: &User,
) -> Result<(), Error> {
    let is_demoted = changes.role.is_some_and(|role| role != Role::Administrator);
    if is_demoted || changes.is_active == Some(false) {
        person.keep_way_in(app.settings.password_only_for())?;
    }
    person.change(&app.store, changes, by).await
}
