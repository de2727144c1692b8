//! `/account`: the signed-in person's password, browsers and tokens.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::done::Done;
use super::new_token::ShownToken;
use super::signed_in::Person;
use super::{browser_name, new_token};
use crate::access::Queryable;
use crate::error::Error;
use crate::model::{Database, Identity, IssuedToken, Scope, Session, Token, User};
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::database::queryable;
use crate::web::http::extract::Query;
use crate::web::http::form::FieldErrors;
use crate::web::page::render;
use crate::web::page::time_tag;
use crate::web::visitor::Visitor;

pub async fn show(
    State(app): State<Arc<App>>,
    person: Person,
    Query(query): Query<HashMap<String, String>>,
    cookies: CookieJar,
) -> Result<Response, Error> {
    let mut page = AccountPage::read(&app, &person).await?;
    page.done = query.get("done").and_then(|done| Done::parse(done));
    page.new_token = new_token::take(&app, &person, &cookies).await?;
    let no_store = [(CACHE_CONTROL, "no-store")];
    Ok((new_token::forget(cookies), no_store, render(&page)).into_response())
}

/// Redirects a GET of a form-only address, as after signing in again or changing the theme.
pub async fn back() -> Redirect {
    Redirect::to("/account")
}

#[derive(Template)]
#[template(path = "account/account.html")]
pub struct AccountPage<'a> {
    pub visitor: &'a Visitor,
    pub user: &'a User,
    /// A person who has only used mailed links has none.
    pub has_password: bool,
    /// Whether they may have one.
    pub may_have_password: bool,
    /// The OpenID providers that know them.
    pub issuers: Vec<String>,
    pub sessions: Vec<Session>,
    pub tokens: Vec<IssuedToken>,
    pub done: Option<Done>,
    pub password_problems: FieldErrors,
    pub token_problems: FieldErrors,
    /// As typed, where the form was refused.
    pub token_name: String,
    pub token_database: String,
    pub token_scopes: Vec<Scope>,
    pub token_lifetime: Expiry,
    /// Those to which a token may be limited.
    pub databases: Vec<Queryable<Database>>,
    pub new_token: Option<ShownToken>,
    pub clips_url: String,
}

impl<'a> AccountPage<'a> {
    pub async fn read(app: &App, person: &'a Person) -> Result<Self, Error> {
        let current = person.visitor.session.id();
        Ok(Self {
            visitor: &person.visitor,
            user: &person.user,
            has_password: person.user.has_password(&app.store).await?,
            may_have_password: app.settings.admits_password(&person.user.email),
            issuers: Identity::issuers(&app.store, &person.user).await?,
            sessions: Session::all(&app.store, &person.user, current).await?,
            tokens: Token::all(&app.store, &person.user).await?,
            done: None,
            password_problems: FieldErrors::default(),
            token_problems: FieldErrors::default(),
            token_name: String::new(),
            token_database: String::new(),
            token_scopes: vec![Scope::Read],
            token_lifetime: Expiry::default(),
            databases: queryable::all(app, &person.visitor.viewer).await?,
            new_token: None,
            clips_url: format!("{}/api/v1/clips", app.settings.public_url),
        })
    }

    /// What was done in this section of the page.
    fn done_in(&self, section: &str) -> Option<&'static str> {
        let done = self.done.filter(|done| done.section() == section);
        done.map(Done::sentence)
    }

    /// A command that uses a token.
    fn token_line(&self, token: &ShownToken) -> String {
        let clips = &self.clips_url;
        format!("curl -H 'Authorization: Bearer {}' {clips}", token.secret)
    }

    /// What a new token may do: never more than its person.
    fn offered_scopes(&self) -> impl Iterator<Item = Scope> {
        let is_administrator = self.user.is_administrator();
        let all = Scope::ALL.into_iter();
        all.filter(move |scope| *scope != Scope::Admin || is_administrator)
    }

    /// Whether the form limits the new token to this database.
    fn is_for(&self, database: &i64) -> bool {
        self.token_database == database.to_string()
    }

    fn has_other_sessions(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_current)
    }
}
