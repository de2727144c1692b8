//! Finds the new owner of a clip, for its page and the API.

use crate::error::Error;
use crate::model::{Email, NewOwner};
use crate::web::app::App;

/// `field` is the form field in which the address was typed.
pub async fn find(app: &App, field: &'static str, typed: &str) -> Result<NewOwner, Error> {
    let found = match Email::parse_existing(typed) {
        Some(email) => NewOwner::find(&app.store, &email).await?,
        None => None,
    };
    found.ok_or_else(|| {
        Error::invalid(
            field,
            "Enter the e-mail address of a member or an administrator who can sign in here.",
        )
    })
}
