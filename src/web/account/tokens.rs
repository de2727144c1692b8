//! `/account/tokens`: makes tokens, which are shown once, and revokes them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;
use serde::Deserialize;

use super::account_page::AccountPage;
use super::done::Done;
use super::new_token;
use super::signed_in::Person;
use crate::access::Queryable;
use crate::error::Error;
use crate::model::{Database, NewToken, Scope, Token};
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::database::queryable;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;

#[derive(Deserialize)]
pub struct Typed {
    name: String,
    expires: Expiry,
    /// The number of the database to which it is limited, or `all`.
    #[serde(default)]
    database: String,
    /// Present: it has this scope.
    read: Option<String>,
    query: Option<String>,
    write: Option<String>,
    admin: Option<String>,
}

impl Typed {
    fn scopes(&self) -> Vec<Scope> {
        let is_chosen = |scope: &Scope| match scope {
            Scope::Read => self.read.is_some(),
            Scope::Query => self.query.is_some(),
            Scope::Write => self.write.is_some(),
            Scope::Admin => self.admin.is_some(),
        };
        Scope::ALL.into_iter().filter(is_chosen).collect()
    }
}

pub async fn create(
    State(app): State<Arc<App>>,
    person: Person,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let name = typed.name.trim();
    let expires_at = typed.expires.end(Timestamp::now());
    let scopes = typed.scopes();
    let created = async {
        let database = match typed.database.as_str() {
            "" | "all" => None,
            id => Some(find_database(&app, &person, id).await?),
        };
        let new = NewToken {
            name,
            scopes: &scopes,
            database: database.as_deref(),
            expires_at,
        };
        Token::create(&app.store, &person.user, &new).await
    };
    match created.await {
        Ok(token) => {
            let cookies = new_token::cookie().set(&app.settings, cookies, token.as_str());
            Ok((cookies, Redirect::to("/account#tokens")).into_response())
        }
        Err(error) => {
            let page = AccountPage {
                token_problems: FieldErrors::from_error(error)?,
                token_name: typed.name,
                token_database: typed.database,
                token_scopes: scopes,
                token_lifetime: typed.expires,
                ..AccountPage::read(&app, &person).await?
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
    }
}

async fn find_database(app: &App, person: &Person, id: &str) -> Result<Queryable<Database>, Error> {
    let found = queryable::by_id(app, &person.visitor.viewer, id).await;
    found.map_err(|error| match error {
        Error::NotFound(_) => Error::invalid("database", "Choose a database that you can query."),
        error => error,
    })
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    person: Person,
) -> Result<Redirect, Error> {
    Token::revoke(&app.store, &person.user, url::id(&id)?).await?;
    Ok(Done::TokenRevoked.redirect())
}
