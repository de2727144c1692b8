//! `/sign-in` and `/sign-out`.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::client_address::ClientAddress;
use super::known_browser;
use super::rate_limit::Account;
use crate::error::Error;
use crate::model::{Email, Session, User};
use crate::web::app::App;
use crate::web::http::extract::Query;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::page::sign_in_ways::SignInWays;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    email: String,
    password: String,
    /// The page to go on to.
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct SignInQuery {
    #[serde(default)]
    pub next: String,
}

#[derive(Template)]
#[template(path = "auth/sign_in.html")]
struct SignInPage<'a> {
    visitor: &'a Visitor,
    email: &'a str,
    next: &'a str,
    problem: Option<String>,
    ways: SignInWays<'a>,
}

pub async fn new(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<SignInQuery>,
) -> Response {
    if visitor.user().is_some() {
        return Redirect::to(url::local(&query.next)).into_response();
    }
    render(&SignInPage {
        visitor: &visitor,
        email: "",
        next: &query.next,
        problem: None,
        ways: SignInWays::new(&app),
    })
}

pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    ClientAddress(from): ClientAddress,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let refusal = match admit(&app, &cookies, from, &typed).await {
        Ok(Some(user)) => {
            let cookies = begin(&app, &visitor, cookies, &user).await?;
            let next = Redirect::to(url::local(&typed.next));
            return Ok((cookies, next).into_response());
        }
        // One sentence for both, so that nobody learns which addresses are known.
        Ok(None) => {
            log_failure(from, "wrong e-mail or password");
            Error::invalid("password", wrong_password(&app))
        }
        Err(error @ Error::TooManyAttempts { .. }) => {
            log_failure(from, "too many attempts");
            error
        }
        Err(error) => return Err(error),
    };
    Ok(with_problem(
        &app,
        &visitor,
        &typed.email,
        &typed.next,
        &refusal,
    ))
}

/// The page again, and why somebody is not signed in.
pub fn refuse(app: &App, visitor: &Visitor, next: &str, refusal: Error) -> Result<Response, Error> {
    match refusal {
        // Logged where all of these are.
        error @ Error::Internal(_) => Err(error),
        refusal => Ok(with_problem(app, visitor, "", next, &refusal)),
    }
}

fn with_problem(
    app: &App,
    visitor: &Visitor,
    email: &str,
    next: &str,
    refusal: &Error,
) -> Response {
    let page = SignInPage {
        visitor,
        email,
        next,
        problem: Some(refusal.to_string()),
        ways: SignInWays::new(app),
    };
    let mut response = (error_response::status(refusal), render(&page)).into_response();
    error_response::add_headers(refusal, response.headers_mut());
    response
}

fn wrong_password(app: &App) -> String {
    match (
        app.settings.provider_name(),
        app.settings.password_only_for(),
    ) {
        (Some(name), Some(_)) => {
            format!(
                "Wrong e-mail or password. Only one administrator has a password here: sign in with {name}."
            )
        }
        (_, _) => "Wrong e-mail or password.".to_owned(),
    }
}

/// One line that fail2ban reads: see `docs/fail2ban`. Without what was typed, which may be a password in the wrong field.
fn log_failure(address: IpAddr, reason: &str) {
    tracing::warn!(%address, reason, "sign-in failed");
}

pub async fn delete(visitor: Visitor) -> Result<Redirect, Error> {
    Session::finish(&visitor.session).await?;
    Ok(Redirect::to("/"))
}

/// Signs the user in, and marks the browser as known.
pub async fn begin(
    app: &App,
    visitor: &Visitor,
    cookies: CookieJar,
    user: &User,
) -> Result<CookieJar, Error> {
    Session::begin(&visitor.session, user, &visitor.browser).await?;
    let is_secure = app.settings.is_secure();
    Ok(cookies.add(known_browser::cookie(&app.key, &user.email, is_secure)))
}

/// The user, if the rate limit admits this attempt and the password is right.
async fn admit(
    app: &App,
    cookies: &CookieJar,
    from: IpAddr,
    typed: &Typed,
) -> Result<Option<User>, Error> {
    let Some(email) = Email::parse_existing(&typed.email) else {
        return Ok(None);
    };
    let account = match known_browser::is_known(cookies, &app.key, &email) {
        true => Account::FromKnownBrowser(email.clone()),
        false => Account::FromElsewhere(email.clone()),
    };
    app.rate_limit.admit(from, account).await?;
    if !app.settings.admits_password(&email) {
        return Ok(None);
    }
    User::authenticate(&app.store, &email, &typed.password).await
}
