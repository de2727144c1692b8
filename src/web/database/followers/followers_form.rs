//! The forms of a database's page that add a follower, remove one, and set what holds for all.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::add_follower;
use super::section::{FollowersSection, TypedRules};
use crate::error::Error;
use crate::model::{Database, DatabaseChanges};
use crate::run::WithoutFollower;
use crate::web::app::App;
use crate::web::database::database_page::{DatabasePage, find};
use crate::web::database::done::Done;
use crate::web::database::refusal::Refusal;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct TypedFollower {
    follower_name: String,
    follower_url: String,
}

#[derive(Deserialize)]
pub struct SentRules {
    follower_lag_mebibytes: String,
    follower_lag_max: String,
    without_follower: String,
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(typed): Form<TypedFollower>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = present(&app, &id).await?;
    let added = add_follower::add(&app, &database, &typed.follower_name, &typed.follower_url);
    let Err(error) = added.await else {
        return Ok(Done::FollowerAdded.redirect(&database).into_response());
    };
    let name = typed.follower_name;
    let with_name = |section| FollowersSection { name, ..section };
    refused(&app, &visitor, &database, error, with_name).await
}

/// Redirects a GET of a form-only address.
pub async fn back(Path((id, _)): Path<(String, String)>) -> Result<Redirect, Error> {
    Ok(Redirect::to(&format!("/databases/{}", url::id(&id)?)))
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path((id, follower)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = present(&app, &id).await?;
    let id = url::id(&follower)?;
    let mut followers = database.followers.iter();
    // It may just have been removed by somebody else.
    if let Some(follower) = followers.find(|follower| follower.id == id) {
        database.remove_follower(&app.store, follower).await?;
    }
    Ok(Done::FollowerRemoved.redirect(&database).into_response())
}

pub async fn update_rules(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    visitor: Visitor,
    Form(sent): Form<SentRules>,
) -> Result<Response, Error> {
    visitor.viewer.administrate()?;
    let database = present(&app, &id).await?;
    let changed = match sent.changes() {
        Ok(changes) => database.change(&app.store, &app.key, &changes).await,
        Err(error) => Err(error),
    };
    let Err(error) = changed else {
        return Ok(Done::FollowersChanged.redirect(&database).into_response());
    };
    let rules = sent.typed();
    let with_rules = |section| FollowersSection { rules, ..section };
    refused(&app, &visitor, &database, error, with_rules).await
}

/// The database's page again, with what was typed and why it was refused.
async fn refused(
    app: &App,
    visitor: &Visitor,
    database: &Database,
    error: Error,
    with_typed: impl FnOnce(FollowersSection) -> FollowersSection,
) -> Result<Response, Error> {
    let status = error_response::status(&error);
    let (problems, refusal) = match of_form(error) {
        error @ Error::Invalid { .. } => (FieldErrors::from_error(error)?, None),
        error => (FieldErrors::default(), Some(Refusal::from_error(error)?)),
    };
    let page = DatabasePage::read(app, visitor, database).await?;
    let section = page.followers.map(with_typed);
    let page = DatabasePage {
        followers: section.map(|section| FollowersSection {
            problems,
            refusal,
            ..section
        }),
        ..page
    };
    Ok((status, render(&page)).into_response())
}

/// The page has other fields that are called `name` and `url`.
fn of_form(error: Error) -> Error {
    match error {
        Error::Invalid { field, message } => Error::Invalid {
            field: match &*field {
                "name" => "follower_name".into(),
                "url" => "follower_url".into(),
                _ => field,
            },
            message,
        },
        error => error,
    }
}

async fn present(app: &App, id: &str) -> Result<Database, Error> {
    let database = find(app, id).await?;
    match database.is_removed {
        true => Err(Error::not_found("database")),
        false => Ok(database),
    }
}

impl SentRules {
    fn changes(&self) -> Result<DatabaseChanges<'static>, Error> {
        let without = WithoutFollower::parse(&self.without_follower);
        let without = without
            .ok_or_else(|| Error::invalid("without_follower", "Choose where runs go then."))?;
        Ok(DatabaseChanges {
            lag_bytes_max: Some(self.lag_bytes()?),
            lag_max: Some(self.lag()?),
            without_follower: Some(without),
            ..DatabaseChanges::default()
        })
    }

    fn lag_bytes(&self) -> Result<u64, Error> {
        let refused = || {
            let sentence = "Enter how many MiB a follower may be behind, such as 16 or 0.5.";
            Error::invalid("follower_lag_mebibytes", sentence)
        };
        let number: f64 = self
            .follower_lag_mebibytes
            .trim()
            .parse()
            .map_err(|_| refused())?;
        // A million of them is more than any server keeps.
        match (0.0..=1e6).contains(&number) {
            true => Ok((number * f64::from(1 << 20)).round() as u64),
            false => Err(refused()),
        }
    }

    fn lag(&self) -> Result<Duration, Error> {
        let seconds: u32 = self.follower_lag_max.trim().parse().map_err(|_| {
            Error::invalid(
                "follower_lag_max",
                "Enter how many seconds a follower may be behind, such as 30.",
            )
        })?;
        Ok(Duration::from_secs(seconds.into()))
    }

    fn typed(self) -> TypedRules {
        TypedRules {
            lag_mebibytes: self.follower_lag_mebibytes,
            lag_seconds: self.follower_lag_max,
            without: self.without_follower,
        }
    }
}
