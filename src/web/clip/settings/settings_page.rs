//! `/{slug}/settings`: changes a clip's database, removes and restores it. Shows the form about the clip too, and to its
//! owner those for options and transfer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::about::About;
use super::options::Options;
use crate::access::{Editable, Queryable};
use crate::error::Error;
use crate::model::{Changes, Clip, ClipLink, Database, Unit};
use crate::run::RunsOn;
use crate::web::app::App;
use crate::web::clip::page::description::Description;
use crate::web::clip::page::heading::{Heading, Section};
use crate::web::clip::parameters::settings_section::TypedSettings;
use crate::web::clip::query::change_query;
use crate::web::clip::query::sql_text::IfFailing;
use crate::web::clip::sharing::access_label;
use crate::web::database::queryable;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::{Path, Query};
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::visitor::Visitor;

const FAILED: &str = "The query failed with this type. Choose another one, or Automatic.";

#[derive(Deserialize)]
pub struct ChosenDatabase {
    pub database: String,
    /// Sent by the button that changes it though the query fails there.
    keep: Option<String>,
}

/// What was just done, as the address of the page says.
#[derive(Deserialize)]
pub struct Shown {
    saved: Option<String>,
    /// The parameter with whose type the query failed.
    failed: Option<String>,
}

#[derive(Template)]
#[template(path = "clip/settings/settings.html")]
pub struct SettingsPage<'a> {
    pub visitor: &'a Visitor,
    pub clip: &'a Clip,
    pub heading: Heading,
    /// Whether the parts for its owner and administrators are shown.
    pub owns: bool,
    pub about: About,
    /// As readers see it, if there is one.
    pub description: Option<Description<'a>>,
    /// For completion.
    pub known_tags: Vec<String>,
    pub database: &'a str,
    pub databases: Vec<Queryable<Database>>,
    /// For the owner and administrators.
    pub options: Option<Options>,
    /// Whether its database has followers, or the clip insists on a kind of server.
    pub offers_servers: bool,
    /// As typed.
    pub new_owner: String,
    /// How many clip links end when the clip is transferred, unless the new owner keeps them.
    pub former_links: i64,
    /// Of the newest version's parameters.
    pub parameters: Vec<TypedSettings>,
    pub problems: FieldErrors,
    pub query_error: Option<QueryError>,
    pub saved: Option<String>,
    /// The parameter with whose type the query failed.
    pub failed: Option<String>,
}

impl<'a> SettingsPage<'a> {
    pub async fn new(
        app: &App,
        visitor: &'a Visitor,
        clip: &'a Editable<Clip>,
    ) -> Result<Self, Error> {
        let owned = visitor.viewer.own((**clip).clone()).ok();
        Ok(Self {
            owns: owned.is_some(),
            offers_servers: clip.runs_on != RunsOn::Any
                || app
                    .cached_database(&clip.version)
                    .await
                    .is_ok_and(|database| !database.followers.is_empty()),
            options: owned.as_ref().map(|clip| Options::from_clip(clip)),
            new_owner: String::new(),
            former_links: match &owned {
                Some(clip) => ClipLink::count_of_owner(&app.store, clip).await?,
                None => 0,
            },
            saved: None,
            failed: None,
            visitor,
            clip,
            heading: Heading::new(&visitor.viewer, clip, Section::Settings),
            about: About::from_clip(clip),
            description: Description::find(visitor, clip),
            known_tags: Clip::tags(&app.store, visitor.viewer.signed_in()?).await?,
            database: &clip.version.database_name,
            databases: queryable::all(app, &visitor.viewer).await?,
            parameters: TypedSettings::all(clip),
            problems: FieldErrors::default(),
            query_error: None,
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

    /// What is wrong with this field of a parameter's settings.
    fn problem_of(&self, part: &str, settings: &TypedSettings) -> Option<&str> {
        self.problems.at(&format!("{part}.{}", settings.name))
    }

    /// What is wrong with its type.
    fn problem_of_type(&self, settings: &TypedSettings) -> Option<&str> {
        let has_failed = self.failed.as_ref() == Some(&settings.name);
        let failed = (has_failed && !settings.type_name.is_empty()).then_some(FAILED);
        self.problem_of("type", settings).or(failed)
    }

    fn is_saved(&self, part: &str) -> bool {
        self.saved.as_deref() == Some(part)
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Query(shown): Query<Shown>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let page = SettingsPage {
        saved: shown.saved,
        failed: shown.failed,
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    Ok(render(&page))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back(Path(segment): Path<String>) -> Redirect {
    let segment = url::encode(&segment);
    Redirect::to(&format!("/{segment}/settings"))
}

/// Changes the database if the query would run there, or if the button that changes it anyway was pressed.
pub async fn change_database(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(chosen): Form<ChosenDatabase>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let Err(error) = try_change_database(&app, &visitor, &clip, &chosen).await else {
        return Ok(Redirect::to(&url::clip(&clip)).into_response());
    };
    let status = error_response::status(&error);
    let (problems, query_error) = QueryError::explain(error, &clip.version.sql)?;
    let page = SettingsPage {
        database: &chosen.database,
        problems,
        query_error,
        ..SettingsPage::new(&app, &visitor, &clip).await?
    };
    Ok((status, render(&page)).into_response())
}

async fn try_change_database(
    app: &App,
    visitor: &Visitor,
    clip: &Editable<Clip>,
    chosen: &ChosenDatabase,
) -> Result<(), Error> {
    let database = queryable::by_name(app, &visitor.viewer, &chosen.database).await?;
    let changes = Changes {
        database: Some(&database),
        ..Changes::default()
    };
    let if_failing = IfFailing::from_form(chosen.keep.as_deref());
    change_query::change(app, clip, &changes, &database, if_failing).await?;
    Ok(())
}

/// Nothing is lost: the list to which this leads offers to restore it.
pub async fn remove(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own(app.clip(&address.slug).await?)?;
    clip.remove(&app.store, &clip.by).await?;
    Ok(Redirect::to("/clips/removed"))
}

pub async fn restore(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own(app.clip(&address.slug).await?)?;
    let restored = clip.restore(&app.store, &clip.by).await?;
    Ok(Redirect::to(&url::clip(&restored)))
}
