//! `/enter/{secret}`: a one-time link. Opening it only shows a page, because mail programs open links too; the form on the
//! page uses it up.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::sign_in;
use crate::error::Error;
use crate::model::{Entered, OneTimeLink, Purpose};
use crate::web::app::{App, Settings};
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    /// Absent where the link signs in without a password.
    #[serde(default)]
    password: String,
}

#[derive(Template)]
#[template(path = "auth/one_time_link.html")]
struct OneTimeLinkPage<'a> {
    visitor: &'a Visitor,
    link: &'a OneTimeLink,
    problems: FieldErrors,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    visitor: Visitor,
) -> Result<Response, Error> {
    let link = find(&app, &secret).await?;
    Ok(render(&OneTimeLinkPage {
        visitor: &visitor,
        link: &link,
        problems: FieldErrors::default(),
    }))
}

pub async fn follow(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    visitor: Visitor,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let link = find(&app, &secret).await?;
    match enter(&app, &link, &typed).await {
        Ok(Entered { user, next }) => {
            let cookies = sign_in::begin(&app, &visitor, cookies, &user).await?;
            Ok((cookies, Redirect::to(url::local(&next))).into_response())
        }
        Err(error) => {
            let page = OneTimeLinkPage {
                visitor: &visitor,
                link: &link,
                problems: FieldErrors::from_error(error)?,
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
    }
}

async fn find(app: &App, secret: &str) -> Result<OneTimeLink, Error> {
    let link = OneTimeLink::find(&app.store, secret).await?;
    let link = link.ok_or_else(link_not_valid)?;
    match admits(&app.settings, &link) {
        true => Ok(link),
        false => Err(sign_in_at_provider(app)),
    }
}

/// Where only one administrator has a password, others choose none, and those whom the provider knows sign in there.
fn admits(settings: &Settings, link: &OneTimeLink) -> bool {
    match link.purpose {
        Purpose::Invitation | Purpose::Reset => settings.admits_password(&link.email),
        Purpose::SignIn => settings.admits_sign_in_link(&link.email),
    }
}

fn sign_in_at_provider(app: &App) -> Error {
    let name = app.settings.provider_name().unwrap_or_default();
    Error::Forbidden(format!(
        "Passwords are turned off here. Go to the sign-in page, and sign in with {name}."
    ))
}

async fn enter(app: &App, link: &OneTimeLink, typed: &Typed) -> Result<Entered, Error> {
    let entered = match link.purpose {
        Purpose::Invitation | Purpose::Reset => {
            link.choose_password(&app.store, &typed.password).await?
        }
        Purpose::SignIn => link.sign_in(&app.store).await?,
    };
    entered.ok_or_else(link_not_valid)
}

fn link_not_valid() -> Error {
    Error::NotFound(
        "This link does not work: it was already used, has expired, or was replaced by a newer one. Get a new one on the sign-in page, or ask whoever invited you."
            .to_owned(),
    )
}

impl OneTimeLinkPage<'_> {
    fn heading(&self) -> &'static str {
        match self.link.purpose {
            Purpose::Invitation => "Welcome to Dataclips",
            Purpose::Reset => "Choose a new password",
            Purpose::SignIn => "Sign in",
        }
    }
}
