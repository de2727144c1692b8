//! `/welcome/{secret}`: the first administrator comes in.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{App, problem};
use crate::error::Error;
use crate::model::{Email, Token, Welcome};

#[derive(Deserialize)]
pub struct Typed {
    email: String,
    password: String,
}

#[derive(Template, Default)]
#[template(path = "welcome.html")]
struct WelcomePage<'a> {
    email: &'a str,
    email_problem: Option<String>,
    password_problem: Option<String>,
}

#[derive(Template)]
#[template(path = "welcomed.html")]
struct WelcomedPage<'a> {
    email: &'a str,
    token: &'a str,
    public_url: &'a str,
}

pub async fn new(State(app): State<Arc<App>>, Path(secret): Path<String>) -> Response {
    match admit(&app, &secret).await {
        Ok(()) => problem::render(&WelcomePage::default()),
        Err(error) => problem::page(&error),
    }
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    match try_create(&app, &secret, &typed).await {
        Ok(response) => response,
        Err(Error::Invalid { field, message }) => {
            let (email_problem, password_problem) = match &*field {
                "password" => (None, Some(message)),
                _ => (Some(message), None),
            };
            let page = WelcomePage {
                email: &typed.email,
                email_problem,
                password_problem,
            };
            (StatusCode::UNPROCESSABLE_ENTITY, problem::render(&page)).into_response()
        }
        Err(error) => problem::page(&error),
    }
}

async fn try_create(app: &App, secret: &str, typed: &Typed) -> Result<Response, Error> {
    admit(app, secret).await?;
    let email = Email::parse(&typed.email).ok_or_else(|| {
        Error::invalid("email", "Enter an e-mail address such as ann@example.com.")
    })?;
    let administrator = Welcome::create_administrator(&app.store, &email, &typed.password)
        .await?
        .ok_or_else(gone)?;
    let token = Token::create(&app.store, &administrator, "first token").await?;
    Ok(problem::render(&WelcomedPage {
        email: email.as_str(),
        token: token.as_str(),
        public_url: &app.public_url,
    }))
}

/// The link is good once, and only until there is an administrator.
async fn admit(app: &App, secret: &str) -> Result<(), Error> {
    if !app.welcome.is(secret) || !Welcome::is_open(&app.store).await? {
        return Err(gone());
    }
    Ok(())
}

fn gone() -> Error {
    Error::NotFound(
        "This welcome link is not valid, or no longer: the first administrator has been made."
            .to_owned(),
    )
}
