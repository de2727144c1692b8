//! `/account/tokens`: made, shown once, and revoked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;
use serde::Deserialize;

use super::account_page::AccountPage;
use super::done::Done;
use super::signed_in::Person;
use crate::error::Error;
use crate::model::Token;
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;

#[derive(Deserialize)]
pub struct Typed {
    name: String,
    expires: Expiry,
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
            let cookies = carrier().carry(&app.settings, cookies, token.as_str());
            Ok((cookies, Redirect::to("/account#tokens")).into_response())
        }
        Err(error) => {
            let page = AccountPage {
                token_problems: FieldErrors::of(error)?,
                token_name: typed.name,
                token_lifetime: typed.expires,
                ..AccountPage::read(&app, &person).await?
            };
            Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                error_response::render(&page),
            )
                .into_response())
        }
    }
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Redirect, Error> {
    Token::revoke(&app.store, &person.user, url::id(&id)?).await?;
    Ok(Done::TokenRevoked.redirect())
}

/// The token that was just made, if it is this person's.
pub async fn take(
    app: &App,
    person: &Person,
    cookies: &CookieJar,
) -> Result<Option<ShownToken>, Error> {
    let carrier = carrier();
    let Some(secret) = carrier.carried(cookies) else {
        return Ok(None);
    };
    let name = Token::find_name(&app.store, &person.user, secret).await?;
    Ok(name.map(|name| ShownToken {
        name,
        secret: secret.to_owned(),
    }))
}

pub fn forget(cookies: CookieJar) -> CookieJar {
    carrier().forget(cookies)
}

fn carrier() -> OneTimeCookie {
    OneTimeCookie::new("dataclips_new_token", "/account")
}
