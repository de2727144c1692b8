//! `/account`: what belongs to somebody who is signed in. Password, browsers, tokens.

mod browser;
mod done;
pub mod password;
mod person;
pub mod sessions;
pub mod tokens;
pub mod views;

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use done::Done;
use person::Person;
use tokens::ShownToken;

use super::form::Problems;
use super::lifetime::Lifetime;
use super::visitor::Visitor;
use super::{App, problem, time};
use crate::error::Error;
use crate::model::{IssuedToken, Session, Token, User};
use crate::web::request::Query;

pub async fn show(
    State(app): State<Arc<App>>,
    person: Person,
    Query(query): Query<HashMap<String, String>>,
    cookies: CookieJar,
) -> Result<Response, Error> {
    let mut page = AccountPage::read(&app, &person).await?;
    page.done = query.get("done").and_then(|done| Done::parse(done));
    page.new_token = tokens::take(&app, &person, &cookies).await?;
    let no_store = [(CACHE_CONTROL, "no-store")];
    Ok((tokens::forget(cookies), no_store, problem::render(&page)).into_response())
}

/// What a browser opens that was sent to a form's address: after signing in again, or changing the theme.
pub async fn back() -> Redirect {
    Redirect::to("/account")
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    visitor: &'a Visitor,
    user: &'a User,
    /// Who came in by a mailed link alone has none.
    has_password: bool,
    sessions: Vec<Session>,
    tokens: Vec<IssuedToken>,
    done: Option<Done>,
    password_problems: Problems,
    token_problems: Problems,
    /// As typed, where it cannot be taken.
    token_name: String,
    token_lifetime: Lifetime,
    new_token: Option<ShownToken>,
    clips_url: String,
}

impl<'a> AccountPage<'a> {
    async fn read(app: &App, person: &'a Person) -> Result<Self, Error> {
        let current = person.visitor.session.id();
        Ok(Self {
            visitor: &person.visitor,
            user: &person.user,
            has_password: person.user.has_password(&app.store).await?,
            sessions: Session::all(&app.store, &person.user, current).await?,
            tokens: Token::all(&app.store, &person.user).await?,
            done: None,
            password_problems: Problems::default(),
            token_problems: Problems::default(),
            token_name: String::new(),
            token_lifetime: Lifetime::default(),
            new_token: None,
            clips_url: format!("{}/api/v1/clips", app.settings.public_url),
        })
    }

    /// What was done in this section of the page.
    fn done_in(&self, section: &str) -> Option<&'static str> {
        let done = self.done.filter(|done| done.section() == section);
        done.map(Done::sentence)
    }

    fn has_other_sessions(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_current)
    }
}
