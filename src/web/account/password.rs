//! `/account/password`: changing the password signs out all other browsers, since others may have known the old one.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::account_page::AccountPage;
use super::done::Done;
use super::signed_in::Person;
use crate::error::Error;
use crate::model::{Session, User};
use crate::web::app::App;
use crate::web::auth::client_address::ClientAddress;
use crate::web::auth::rate_limit::Account;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::page::error_response;
use crate::web::page::render;

#[derive(Deserialize)]
pub struct Typed {
    current_password: String,
    password: String,
}

pub async fn update(
    State(app): State<Arc<App>>,
    person: Person,
    ClientAddress(from): ClientAddress,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    match change(&app, &person, from, &typed).await {
        Ok(()) => Ok(Done::PasswordChanged.redirect().into_response()),
        Err(error) => refuse(&app, &person, error).await,
    }
}

async fn change(app: &App, person: &Person, from: IpAddr, typed: &Typed) -> Result<(), Error> {
    let Person { visitor, user } = person;
    if !app.settings.admits_password(&user.email) {
        let sentence = "Passwords are turned off here, so there is none to change.";
        return Err(Error::Forbidden(sentence.to_owned()));
    }
    let account = Account::FromKnownBrowser(user.email.clone());
    app.rate_limit.admit(from, account).await?;
    let found = User::authenticate(&app.store, &user.email, &typed.current_password).await?;
    let Some(user) = found else {
        return Err(Error::invalid(
            "current_password",
            "This is not your current password.",
        ));
    };
    let user = user.change_password(&app.store, &typed.password).await?;
    Session::begin(&visitor.session, &user, &visitor.browser).await
}

/// The page again, with the reason beside the field.
async fn refuse(app: &App, person: &Person, error: Error) -> Result<Response, Error> {
    let status = error_response::status(&error);
    let mut headers = HeaderMap::new();
    error_response::add_headers(&error, &mut headers);
    let error = match error {
        error @ Error::TooManyAttempts { .. } => {
            Error::invalid("current_password", error.to_string())
        }
        error => error,
    };
    let page = AccountPage {
        password_problems: FieldErrors::from_error(error)?,
        ..AccountPage::read(app, person).await?
    };
    Ok((status, headers, render(&page)).into_response())
}
