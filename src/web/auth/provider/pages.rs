//! `/sign-in/provider` sends the browser to the OpenID provider, which sends it back to `/sign-in/callback`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::begun::{self, Begun};
use super::client::Provider;
use crate::error::Error;
use crate::model::User;
use crate::web::app::App;
use crate::web::auth::sign_in::{self, SignInQuery};
use crate::web::http::extract::Query;
use crate::web::http::url;
use crate::web::visitor::Visitor;

/// What the provider's redirect brings: a code or an error.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    /// RFC 9207.
    iss: Option<String>,
}

pub async fn begin(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    cookies: CookieJar,
    Query(query): Query<SignInQuery>,
) -> Result<Response, Error> {
    if visitor.user().is_some() {
        return Ok(Redirect::to(url::local(&query.next)).into_response());
    }
    let provider = provider(&app)?;
    match provider.begin(url::local(&query.next)).await {
        Ok((address, begun)) => {
            let cookies = cookies.add(begun.cookie(&app.key, app.settings.is_secure())?);
            let no_store = [(CACHE_CONTROL, "no-store")];
            Ok((cookies, no_store, Redirect::to(&address)).into_response())
        }
        Err(error) => sign_in::refuse(&app, &visitor, &query.next, error),
    }
}

pub async fn finish(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    cookies: CookieJar,
    Query(answer): Query<Answer>,
) -> Result<Response, Error> {
    let provider = provider(&app)?;
    let is_secure = app.settings.is_secure();
    let begun = Begun::from_cookies(&cookies, &app.key, is_secure);
    let begun = begun.filter(|begun| is_same(begun.state.secret(), &answer.state));
    let next = begun.as_ref().map(|begun| begun.next.clone());
    let next = next.unwrap_or_default();
    // It counts once.
    let cookies = begun::remove(cookies, is_secure);
    match enter(&app, provider, begun, answer).await {
        Ok(user) => {
            let cookies = sign_in::begin(&app, &visitor, cookies, &user).await?;
            Ok((cookies, Redirect::to(url::local(&next))).into_response())
        }
        Err(error) => {
            let page = sign_in::refuse(&app, &visitor, &next, error)?;
            Ok((cookies, page).into_response())
        }
    }
}

async fn enter(
    app: &App,
    provider: &Provider,
    begun: Option<Begun>,
    answer: Answer,
) -> Result<User, Error> {
    let name = &provider.settings.name;
    let Some(begun) = begun else {
        return Err(Error::BadRequest(
            "This sign-in did not begin in this browser, or took longer than 15 minutes. Begin again."
                .to_owned(),
        ));
    };
    let issuer = &provider.settings.issuer;
    if answer.iss.is_some_and(|iss| iss != *issuer) {
        return Err(Error::BadRequest(
            "The answer comes from another sign-in service. Begin again.".to_owned(),
        ));
    }
    let Some(code) = answer.code.filter(|_| answer.error.is_none()) else {
        tracing::info!(issuer, "the OpenID provider did not let somebody in");
        return Err(Error::Forbidden(format!(
            "{name} did not let you in. Begin again, or ask your administrator."
        )));
    };
    let identity = provider.finish(begun, code).await?;
    identity
        .enter(&app.store, &provider.settings.accounts)
        .await
}

fn provider(app: &App) -> Result<&Provider, Error> {
    let provider = app.provider.as_ref();
    provider.ok_or_else(|| Error::not_found("page"))
}

/// Compares in constant time.
fn is_same(secret: &str, text: &str) -> bool {
    blake3::hash(secret.as_bytes()) == blake3::hash(text.as_bytes())
}
