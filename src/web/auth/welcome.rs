//! `/welcome/{secret}`: creates the first administrator.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::sign_in;
use crate::error::Error;
use crate::model::{Email, User, Welcome};
use crate::web::app::App;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    email: String,
    password: String,
}

#[derive(Template)]
#[template(path = "auth/welcome.html")]
struct WelcomePage<'a> {
    visitor: &'a Visitor,
    email: &'a str,
    problems: FieldErrors,
}

pub async fn new(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    visitor: Visitor,
) -> Result<Response, Error> {
    admit(&app, &secret).await?;
    Ok(render(&WelcomePage {
        visitor: &visitor,
        email: "",
        problems: FieldErrors::default(),
    }))
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    visitor: Visitor,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    admit(&app, &secret).await?;
    match create_administrator(&app, &typed).await {
        Ok(administrator) => {
            let cookies = sign_in::begin(&app, &visitor, cookies, &administrator).await?;
            Ok((cookies, Redirect::to("/")).into_response())
        }
        Err(error) => {
            let page = WelcomePage {
                visitor: &visitor,
                email: &typed.email,
                problems: FieldErrors::from_error(error)?,
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
    }
}

async fn create_administrator(app: &App, typed: &Typed) -> Result<User, Error> {
    let email = Email::parse(&typed.email).ok_or_else(|| {
        Error::invalid("email", "Enter an e-mail address such as ann@example.com.")
    })?;
    Welcome::create_administrator(&app.store, &email, &typed.password)
        .await?
        .ok_or_else(link_not_valid)
}

/// The link works once, and only until there is an administrator.
async fn admit(app: &App, secret: &str) -> Result<(), Error> {
    if !app.welcome.is(secret) || !Welcome::is_open(&app.store).await? {
        return Err(link_not_valid());
    }
    Ok(())
}

fn link_not_valid() -> Error {
    Error::NotFound(
        "This welcome link is not valid, or has already been used. If you have an account, sign in."
            .to_owned(),
    )
}
