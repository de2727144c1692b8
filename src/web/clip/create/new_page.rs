//! `/clips/new`: a name, a database and a query become a clip.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use tokio::time::timeout;

use super::create_clip::{self, CreatedClip, RequestedClip};
use crate::access::Queryable;
use crate::error::Error;
use crate::model::{Actor, Clip, Database};
use crate::run::doctor::Check;
use crate::run::parameters::hints;
use crate::run::{ParameterTypes, Values};
use crate::web::app::App;
use crate::web::clip::page::created;
use crate::web::clip::parameters::carried;
use crate::web::clip::parameters::workbench::{self, Asked, FormWithValues, WorkbenchFields};
use crate::web::clip::query::held_previews::PreviewForm;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::query::sql_text::{self, IfFailing};
use crate::web::clip::sharing::clip_access::ClipAccess;
use crate::web::database::queryable;
use crate::web::http::extract::Query;
use crate::web::http::form::FieldErrors;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::query_error::QueryError;
use crate::web::page::render;
use crate::web::visitor::Visitor;

/// How long the response to the form waits for the run of a clip that is to be pinned.
const PINNED_WAIT: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
pub struct Typed {
    title: String,
    #[serde(default)]
    pub database: String,
    pub sql: String,
    /// Sent by the button that keeps a query that fails.
    keep: Option<String>,
    /// Whether the clip is to be pinned to what the query returns first.
    pinned: Option<String>,
    /// Sent where the clip is for authorized users alone, whatever the server's default: its rows show other people's queries.
    protected: Option<String>,
}

impl Typed {
    /// For a preview, which shows the form again.
    pub fn to_form(&self) -> PreviewForm {
        PreviewForm::New {
            title: self.title.clone(),
            database: self.database.clone(),
            pinned: self.pinned.is_some(),
            protected: self.protected.is_some(),
        }
    }

    /// The form of a preview that ran this query.
    pub fn from_form(title: String, database: String, pinned: bool, sql: String) -> Self {
        Self {
            title,
            database,
            sql,
            keep: None,
            pinned: pinned.then(|| "1".to_owned()),
            protected: None,
        }
    }

    /// The form of a check, which the user can read before it becomes a clip.
    fn of_check(check: &Check, database: String) -> Self {
        let typed = Self::from_form(check.title.to_owned(), database, false, check.sql(None));
        typed.with_protection(true)
    }

    pub fn with_protection(self, protected: bool) -> Self {
        Self {
            protected: protected.then(|| "1".to_owned()),
            ..self
        }
    }

    fn access(&self) -> Option<ClipAccess> {
        let is_protected = self.protected.is_some();
        is_protected.then_some(ClipAccess::Authorized)
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    database: String,
    /// Fills in the form; it is not run.
    #[serde(default)]
    sql: String,
    /// By name: one of the checks of a database's health, in place of the SQL.
    #[serde(default)]
    check: String,
}

#[derive(Template)]
#[template(path = "clip/create/new.html")]
pub struct NewPage<'a> {
    visitor: &'a Visitor,
    typed: &'a Typed,
    databases: Vec<Queryable<Database>>,
    access: ClipAccess,
    pub problems: FieldErrors,
    pub query_error: Option<QueryError>,
    /// What the typed query returns.
    pub preview: Option<Preview>,
    /// For the values with which the query runs.
    pub workbench: WorkbenchFields,
    /// What the query's author probably did not mean.
    hints: Vec<String>,
}

impl<'a> NewPage<'a> {
    pub async fn typed(app: &App, visitor: &'a Visitor, typed: &'a Typed) -> Result<Self, Error> {
        Ok(Self {
            visitor,
            typed,
            databases: queryable::all(app, &visitor.viewer).await?,
            access: match typed.access() {
                Some(access) => access,
                None => create_clip::default_access(app).await?,
            },
            problems: FieldErrors::default(),
            query_error: None,
            preview: None,
            workbench: workbench(app, visitor, typed, &[]).await,
            hints: hints(&typed.sql),
        })
    }
}

impl NewPage<'_> {
    /// The database that the form shows as chosen.
    fn chosen(&self) -> Option<i64> {
        let chosen = match &self.databases[..] {
            [only] => Some(only),
            databases => databases
                .iter()
                .find(|database| database.name == self.typed.database),
        };
        chosen.map(|database| database.id)
    }
}

pub async fn new(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    visitor.viewer.signed_in()?;
    let typed = match Check::find(&wanted.check) {
        Some(check) => Typed::of_check(check, wanted.database),
        None => {
            let sql = sql_text::with_unix_lines(&wanted.sql);
            Typed::from_form(String::new(), wanted.database, false, sql)
        }
    };
    let page = NewPage::typed(&app, &visitor, &typed).await?;
    Ok(render(&page))
}

/// A query that would fail comes back as it was typed, unless the button that keeps it was pressed.
pub async fn create(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    cookies: CookieJar,
    typed: FormWithValues<Typed>,
) -> Result<Response, Error> {
    let sent = typed.values;
    let mut typed = typed.form;
    typed.sql = sql_text::with_unix_lines(&typed.sql);
    let requested = RequestedClip {
        title: &typed.title,
        description: "",
        tags: &[],
        database: &typed.database,
        sql: &typed.sql,
        access: typed.access(),
        note: "",
    };
    let if_failing = IfFailing::from_form(typed.keep.as_deref());
    let error = match create_clip::create(&app, &visitor.viewer, &requested, if_failing).await {
        Ok(CreatedClip { clip, .. }) => {
            let cookies = created::announce(&app, &clip, cookies);
            let page = opened(&clip, &sent, typed.pinned.is_some());
            let page = (cookies, Redirect::to(&page)).into_response();
            if typed.pinned.is_some() {
                pin_soon(app, &visitor, clip).await?;
            }
            return Ok(page);
        }
        Err(error) => error,
    };
    let status = error_response::status(&error);
    let mut page = NewPage::typed(&app, &visitor, &typed).await?;
    page.workbench = workbench(&app, &visitor, &typed, &sent).await;
    (page.problems, page.query_error) = QueryError::explain(error, &typed.sql)?;
    Ok((status, render(&page)).into_response())
}

/// The page of a new clip with the values with which its query was tried out. A pinned clip has those of its rows.
fn opened(clip: &Clip, sent: &[(String, String)], is_pinned: bool) -> String {
    let values = match is_pinned {
        true => Values::default(),
        false => workbench::values(&clip.version.sql, &clip.version.parameter_types, sent)
            .unwrap_or_default(),
    };
    carried::to_newest(clip, &url::clip(clip), &values)
}

/// The fields for the values of the typed query, as they were sent.
async fn workbench(
    app: &App,
    visitor: &Visitor,
    typed: &Typed,
    sent: &[(String, String)],
) -> WorkbenchFields {
    let database = queryable::by_name(app, &visitor.viewer, &typed.database).await;
    let (database, types) = (database.ok(), ParameterTypes::default());
    let columns = workbench::columns(app, database.as_ref(), &typed.sql, &types).await;
    let asked = Asked {
        app,
        viewer: &visitor.viewer,
        clip: None,
    };
    asked.fields(&typed.sql, &columns, sent, None).await
}

/// Runs the query and pins the clip to what it returns, even if nobody waits for that. The response waits for a quick
/// query; the clip's page shows the progress of a slow one, or why it failed.
async fn pin_soon(app: Arc<App>, visitor: &Visitor, clip: Clip) -> Result<(), Error> {
    let clip = visitor.viewer.own(clip)?;
    let pinning = tokio::spawn(Actor::current().act(async move {
        if let Err(error) | Ok(Some(error)) = create_clip::pin(&app, &clip).await {
            tracing::info!(
                clip = clip.number,
                cause = error.cause(),
                "a new clip stays live"
            );
        }
    }));
    let _ = timeout(PINNED_WAIT, pinning).await;
    Ok(())
}
