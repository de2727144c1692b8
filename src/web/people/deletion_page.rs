//! `/people/{id}/deletion`: shows what a person would leave behind, asks what is to become of it, and deletes them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::deletion;
use super::deletion::Choice;
use super::done::Done;
use super::person_page::{find, is_oneself};
use crate::error::Error;
use crate::model::{Author, Estate, Person};
use crate::web::app::App;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::in_words::count;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// `give` or `remove`; empty if they own none.
    clips: String,
    clips_to: String,
    /// Present: the new owner has their clip links.
    keep_links: Option<String>,
}

#[derive(Template)]
#[template(path = "people/deletion.html")]
struct DeletionPage<'a> {
    visitor: &'a Visitor,
    person: &'a Person,
    estate: Estate,
    typed: Typed,
    /// Shown beside the fields.
    problems: FieldErrors,
    /// Why they cannot be deleted at all.
    refusal: Option<String>,
}

pub async fn new(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
) -> Result<Response, Error> {
    let (_, person) = find(&app, &visitor, &id).await?;
    let page = DeletionPage::read(&app, &visitor, &person, Typed::default()).await?;
    Ok(render(&page))
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Error> {
    let (administrator, person) = find(&app, &visitor, &id).await?;
    let deleted = deletion::delete(&app, &person, typed.choice(), administrator.user()).await;
    let Err(error) = deleted else {
        return Ok(Redirect::to(&Done::Deleted.address(url::PEOPLE)).into_response());
    };
    let status = error_response::status(&error);
    let mut page = DeletionPage::read(&app, &visitor, &person, typed).await?;
    match error {
        Error::Conflict(why) => page.refusal = Some(why),
        error => page.problems = FieldErrors::from_error(error)?,
    }
    Ok((status, render(&page)).into_response())
}

impl Typed {
    fn choice(&self) -> Choice<'_> {
        match self.clips.as_str() {
            "give" => Choice::Give {
                to: &self.clips_to,
                keeps_links: self.keep_links.is_some(),
            },
            "remove" => Choice::Remove,
            _ => Choice::None,
        }
    }
}

impl<'a> DeletionPage<'a> {
    async fn read(
        app: &App,
        visitor: &'a Visitor,
        person: &'a Person,
        typed: Typed,
    ) -> Result<Self, Error> {
        Ok(Self {
            visitor,
            person,
            estate: Estate::of(&app.store, person).await?,
            typed,
            problems: FieldErrors::default(),
            refusal: None,
        })
    }

    fn is_oneself(&self) -> bool {
        is_oneself(self.visitor, self.person)
    }

    fn removes(&self) -> bool {
        self.typed.choice() == Choice::Remove
    }

    /// Their name from then on.
    fn name(&self) -> Author {
        Author::Deleted(self.person.user.id)
    }

    /// `3 clips`
    fn count(&self, number: &i64, noun: &str) -> String {
        count(u64::try_from(*number).unwrap_or_default(), noun)
    }
}
