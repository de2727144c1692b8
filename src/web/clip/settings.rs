//! `/{slug}/settings`: rename, change database; for its owner also what else a clip is; removing it, and bringing it back.

pub mod permissions;

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use permissions::Permissions;

use super::find;
use super::links::{self, Links};
use super::options::Options;
use super::tabs::{Tab, Tabs};
use crate::access::{Editable, Queryable};
use crate::error::Error;
use crate::model::{Changes, Clip, Database, May, Person, Unit};
use crate::web::complaint::Complaint;
use crate::web::form::{Form, Problems};
use crate::web::people::new_links::{self, NewLinks};
use crate::web::request::{Path, Query};
use crate::web::visitor::Visitor;
use crate::web::{App, address, problem, query, sharing};

#[derive(Deserialize)]
pub struct TypedTitle {
    title: String,
}

#[derive(Deserialize)]
pub struct ChosenDatabase {
    database: String,
    /// Sent by the button that changes it though the query fails there.
    keep: Option<String>,
}

#[derive(Template)]
#[template(path = "clip/settings.html")]
pub(super) struct SettingsPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Clip,
    tabs: Option<Tabs>,
    /// Whether the parts for its owner and administrators are shown.
    owns: bool,
    title: &'a str,
    database: &'a str,
    databases: Vec<Queryable<Database>>,
    /// For the owner and administrators, as are the next two.
    pub(super) options: Option<Options>,
    permissions: Option<Permissions>,
    /// Of the people with grants, those who are known here.
    people: Vec<Person>,
    new_links: NewLinks,
    pub(super) links: Option<Links>,
    /// As typed.
    pub(super) new_owner: String,
    pub(super) problems: Problems,
    complaint: Option<Complaint>,
    saved: Option<String>,
}

impl<'a> SettingsPage<'a> {
    pub(super) async fn new(
        app: &App,
        visitor: &'a Visitor,
        clip: &'a Editable<Clip>,
    ) -> Result<Self, Error> {
        let owned = visitor.viewer.own((**clip).clone()).ok();
        Ok(Self {
            owns: owned.is_some(),
            options: owned.as_ref().map(|clip| Options::of(clip)),
            permissions: owned.as_ref().map(|clip| Permissions::of(clip)),
            people: match &owned {
                Some(clip) => permissions::people(app, clip).await?,
                None => Vec::new(),
            },
            new_links: NewLinks::default(),
            new_owner: String::new(),
            saved: None,
            visitor,
            clip,
            tabs: Tabs::of(&visitor.viewer, clip, Tab::Settings),
            title: &clip.title,
            database: &clip.version.database_name,
            databases: query::databases(app, &visitor.viewer).await?,
            problems: Problems::default(),
            complaint: None,
            links: Links::of(app, visitor, clip).await?,
        })
    }
}

impl SettingsPage<'_> {
    /// Whether the clip's database is among those to choose from.
    fn is_offered(&self) -> bool {
        self.databases
            .iter()
            .any(|offered| offered.name == self.database)
    }

    fn is_saved(&self, part: &str) -> bool {
        self.saved.as_deref() == Some(part)
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
    cookies: CookieJar,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(find(&app, &segment).await?)?;
    let mut page = SettingsPage {
        saved: query.get("saved").cloned(),
        new_links: NewLinks::take(&app, &cookies, &address::settings(&clip)).await?,
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    if let Some(links) = &mut page.links {
        links.tell_of(&query);
        links.take(&app, &clip, &cookies).await?;
    }
    let no_store = [(CACHE_CONTROL, "no-store")];
    let cookies = links::forget(&clip, cookies);
    let cookies = new_links::forget(cookies, &address::settings(&clip));
    Ok((cookies, no_store, problem::render(&page)).into_response())
}

/// What a browser opens again that was at a form's answer.
pub async fn back(Path(segment): Path<String>) -> Redirect {
    let segment = address::encode(&segment);
    Redirect::to(&format!("/{segment}/settings"))
}

pub async fn rename(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Form(typed): Form<TypedTitle>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(find(&app, &segment).await?)?;
    let changes = Changes {
        title: Some(&typed.title),
        ..Changes::default()
    };
    let changed = clip.change(&app.store, &clip.editor, &changes).await;
    let Err(error) = changed else {
        return Ok(Redirect::to(&address::clip(&clip)).into_response());
    };
    let status = problem::status(&error);
    let page = SettingsPage {
        problems: Problems::of(error)?,
        title: &typed.title,
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    Ok((status, problem::render(&page)).into_response())
}

/// Changes the database once the query is known to run there, unless it is to be changed all the same.
pub async fn change_database(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Form(chosen): Form<ChosenDatabase>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(find(&app, &segment).await?)?;
    let Err(error) = try_change_database(&app, &visitor, &clip, &chosen).await else {
        return Ok(Redirect::to(&address::clip(&clip)).into_response());
    };
    let status = problem::status(&error);
    let (problems, complaint) = Complaint::explain(error, &clip.version.sql)?;
    let page = SettingsPage {
        database: &chosen.database,
        problems,
        complaint,
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    Ok((status, problem::render(&page)).into_response())
}

async fn try_change_database(
    app: &App,
    visitor: &Visitor,
    clip: &Editable<Clip>,
    chosen: &ChosenDatabase,
) -> Result<(), Error> {
    let database = query::database(app, &visitor.viewer, &chosen.database).await?;
    if chosen.keep.is_none() {
        query::prepare(app, &clip.version.sql, &database).await?;
    }
    let changes = Changes {
        database: Some(&database),
        ..Changes::default()
    };
    clip.change(&app.store, &clip.editor, &changes).await?;
    Ok(())
}

/// Nothing is lost: the list that follows offers to bring it back.
pub async fn remove(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own(find(&app, &segment).await?)?;
    clip.remove(&app.store, &clip.by).await?;
    Ok(Redirect::to("/clips/removed"))
}

pub async fn restore(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own(find(&app, &segment).await?)?;
    let restored = clip.restore(&app.store, &clip.by).await?;
    Ok(Redirect::to(&address::clip(&restored)))
}
