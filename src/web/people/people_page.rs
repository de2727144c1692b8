//! `/people`: who may sign in, and inviting more. For administrators.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::done::Done;
use super::new_links::NewLinks;
use super::{new_links, role};
use crate::access::Administrator;
use crate::error::Error;
use crate::model::{Actor, Email, OneTimeLink, Person, Role};
use crate::web::app::App;
use crate::web::auth::rate_limit::INVITED_AT_ONCE_MAX;
use crate::web::auth::{address_list, invitation};
use crate::web::http::extract::Query;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;
use crate::web::page::time_tag;
use crate::web::visitor::Visitor;

/// With more people than this, the page has a search field.
const SEARCHED_FROM: usize = 20;

#[derive(Deserialize)]
pub struct Sought {
    #[serde(default)]
    search: String,
    #[serde(default)]
    done: String,
}

#[derive(Clone, Default, Deserialize)]
pub struct Typed {
    emails: String,
    role: String,
}

#[derive(Template)]
#[template(path = "people/people.html")]
struct PeoplePage<'a> {
    visitor: &'a Visitor,
    search: String,
    done: Option<Done>,
    people: Vec<Person>,
    typed: Typed,
    problems: FieldErrors,
    new_links: NewLinks,
}

pub async fn index(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(sought): Query<Sought>,
    cookies: CookieJar,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let page = PeoplePage {
        new_links: NewLinks::take(&app, &cookies, url::PEOPLE).await?,
        done: Done::parse(&sought.done),
        ..PeoplePage::read(&app, &visitor, sought.search).await?
    };
    let no_store = [(CACHE_CONTROL, "no-store")];
    Ok((
        new_links::forget(cookies, url::PEOPLE),
        no_store,
        render(&page),
    )
        .into_response())
}

pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let administrator = visitor.viewer.administrate()?;
    let typing = typed.clone();
    // The administrator may close the page before the last mail is sent.
    let inviting = {
        let app = app.clone();
        let inviting = async move { invite(&app, &administrator, &typing).await };
        tokio::spawn(Actor::current().act(inviting))
    };
    match inviting.await.map_err(Error::internal)? {
        Ok(links) => {
            let cookies = new_links::keep(&app, cookies, &links, url::PEOPLE);
            let page = format!("{}#new-links", url::PEOPLE);
            Ok((cookies, Redirect::to(&page)).into_response())
        }
        Err(error) => {
            let page = PeoplePage {
                problems: FieldErrors::from_error(error)?,
                typed,
                ..PeoplePage::read(&app, &visitor, String::new()).await?
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
    }
}

async fn invite(app: &App, by: &Administrator, typed: &Typed) -> Result<Vec<OneTimeLink>, Error> {
    let role = role::parse(&typed.role)?;
    let emails = emails(&typed.emails)?;
    invitation::invite_all(app, by, &emails, role).await
}

fn emails(text: &str) -> Result<Vec<Email>, Error> {
    let mut emails = Vec::new();
    for word in address_list::addresses(text) {
        let email = Email::parse(word).ok_or_else(|| {
            Error::invalid(
                "emails",
                format!("“{word}” is not an e-mail address. Write addresses such as ann@example.com, and nothing else."),
            )
        })?;
        if !emails.contains(&email) {
            emails.push(email);
        }
    }
    match emails.len() {
        0 => Err(Error::invalid(
            "emails",
            "Enter at least one e-mail address, such as ann@example.com.",
        )),
        1..=INVITED_AT_ONCE_MAX => Ok(emails),
        _ => Err(Error::invalid(
            "emails",
            format!("Invite at most {INVITED_AT_ONCE_MAX} people at once."),
        )),
    }
}

impl<'a> PeoplePage<'a> {
    async fn read(app: &App, visitor: &'a Visitor, search: String) -> Result<Self, Error> {
        Ok(Self {
            visitor,
            people: Person::all(&app.store, search.trim()).await?,
            search,
            done: None,
            typed: Typed {
                role: Role::Member.as_str().to_owned(),
                ..Typed::default()
            },
            problems: FieldErrors::default(),
            new_links: NewLinks::default(),
        })
    }

    fn is_searched(&self) -> bool {
        self.people.len() > SEARCHED_FROM || !self.search.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_paste_them() {
        let pasted = "ann@example.com, Ben@example.com;cid@example.com\r\n\tdan@example.com ann@example.com,,";
        let read = emails(pasted).unwrap();
        let read: Vec<&str> = read.iter().map(Email::as_str).collect();
        assert_eq!(
            read,
            [
                "ann@example.com",
                "ben@example.com",
                "cid@example.com",
                "dan@example.com"
            ]
        );
        for (pasted, words) in [(" , \n", "at least one"), ("ann@example.com Ann", "“Ann”")] {
            let refusal = emails(pasted).unwrap_err().to_string();
            assert!(refusal.contains(words), "{pasted:?}: {refusal}");
        }
        let many = |count: usize| -> String {
            let addresses = (0..count).map(|number| format!("user{number}@example.com "));
            addresses.collect()
        };
        assert_eq!(emails(&many(50)).unwrap().len(), 50);
        assert!(emails(&many(51)).is_err());
    }
}
