//! `/account/tokens`: made, shown once, and revoked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tower_sessions::cookie::time::Duration;

use super::super::form::{Form, Problems};
use super::super::{App, problem};
use super::AccountPage;
use super::done::Done;
use super::person::Person;
use crate::error::Error;
use crate::model::Token;
use crate::web::address;
use crate::web::request::Path;

/// Carries a new token's secret from the answer that made it to the page that shows it, once. So a page that is loaded
/// again neither makes a second token nor shows the first one twice.
const COOKIE: &str = "dataclips_new_token";
const COOKIE_PATH: &str = "/account";
const KEPT: Duration = Duration::minutes(1);

#[derive(Deserialize)]
pub struct Typed {
    name: String,
    expires: Lifetime,
}

/// How long a new token is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Lifetime {
    #[serde(rename = "30-days")]
    Month,
    #[default]
    #[serde(rename = "90-days")]
    Quarter,
    #[serde(rename = "1-year")]
    Year,
    #[serde(rename = "never")]
    Endless,
}

/// A token that was just made, for the one page that shows it.
pub struct ShownToken {
    pub name: String,
    pub secret: String,
}

pub async fn create(
    State(app): State<Arc<App>>,
    person: Person,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let name = typed.name.trim();
    let expires_at = typed.expires.end(Timestamp::now());
    match Token::create(&app.store, &person.user, name, expires_at).await {
        Ok(token) => {
            let cookie = Cookie::build((COOKIE, token.as_str().to_owned()))
                .path(COOKIE_PATH)
                .http_only(true)
                .secure(app.settings.is_secure())
                .same_site(SameSite::Strict)
                .max_age(KEPT);
            Ok((cookies.add(cookie), Redirect::to("/account#tokens")).into_response())
        }
        Err(error) => {
            let page = AccountPage {
                token_problems: Problems::of(error)?,
                token_name: typed.name,
                token_lifetime: typed.expires,
                ..AccountPage::read(&app, &person).await?
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, problem::render(&page)).into_response())
        }
    }
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Redirect, Error> {
    Token::revoke(&app.store, &person.user, address::id(&id)?).await?;
    Ok(Done::TokenRevoked.redirect())
}

/// The token that was just made, if it is this person's.
pub async fn take(
    app: &App,
    person: &Person,
    cookies: &CookieJar,
) -> Result<Option<ShownToken>, Error> {
    let Some(cookie) = cookies.get(COOKIE) else {
        return Ok(None);
    };
    let name = Token::find_name(&app.store, &person.user, cookie.value()).await?;
    Ok(name.map(|name| ShownToken {
        name,
        secret: cookie.value().to_owned(),
    }))
}

pub fn forget(cookies: CookieJar) -> CookieJar {
    cookies.remove(Cookie::build(COOKIE).path(COOKIE_PATH))
}

impl Lifetime {
    pub const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::Year, Self::Endless];

    pub fn value(self) -> &'static str {
        match self {
            Self::Month => "30-days",
            Self::Quarter => "90-days",
            Self::Year => "1-year",
            Self::Endless => "never",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Month => "in 30 days",
            Self::Quarter => "in 90 days",
            Self::Year => "in 1 year",
            Self::Endless => "never",
        }
    }

    /// `None`: it has none.
    fn end(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self {
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
            Self::Endless => return None,
        };
        Some(
            now.saturating_add(SignedDuration::from_hours(24 * days))
                .unwrap_or(Timestamp::MAX),
        )
    }
}
