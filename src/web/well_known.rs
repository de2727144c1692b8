//! What programs expect at fixed addresses: `/robots.txt` and below `/.well-known`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::error::Error;

/// Rows are for whoever has the link; a crawler would run their queries.
const ROBOTS: &str = "User-agent: *\nDisallow: /\n";
/// RFC 9116 recommends less than a year.
const CONTACT_VALID_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

pub async fn robots() -> &'static str {
    ROBOTS
}

/// Whom to tell of a security problem (RFC 9116).
pub async fn security(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let settings = &app.settings;
    let contact = settings.security_contact.as_deref();
    let contact = contact.ok_or_else(|| Error::not_found("page"))?;
    let expires = Timestamp::now().saturating_add(CONTACT_VALID_FOR);
    let expires = expires
        .map_err(Error::internal)?
        .strftime("%Y-%m-%dT00:00:00Z");
    let url = &settings.public_url;
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nCanonical: {url}/.well-known/security.txt\n"
    );
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Where password managers send people (<https://w3c.github.io/webappsec-change-password-url/>).
pub async fn change_password() -> Redirect {
    Redirect::to("/account#change-password")
}
