//! `/api/v1/databases`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::connection;
use super::followers::rules_body::{FollowerRulesBody, WithoutFollowerBody};
use crate::error::Error;
use crate::model::{Database, DatabaseChanges, Email, NewDatabase, OpenTo, Source};
use crate::postgres::ConnectionUrl;
use crate::run::role::Grade;
use crate::run::{FollowerRules, Report};
use crate::web::app::App;
use crate::web::http::extract::{Body, Path, Query, flag, present};
use crate::web::visitor::ApiUser;

/// A database. Its URL is never returned.
#[derive(Serialize, ToSchema)]
pub struct DatabaseBody {
    name: String,
    open_to: OpenToBody,
    /// Whether its health is looked at once a day.
    daily_look: bool,
    /// The number of clips that query it now.
    clips: i64,
    /// Bytes that a follower may be behind. Like the next two, absent if there are no followers, and no rule was ever set.
    #[serde(skip_serializing_if = "Option::is_none")]
    follower_lag_bytes_max: Option<u64>,
    /// Seconds that a follower may be behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    follower_lag_max: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    without_follower: Option<WithoutFollowerBody>,
    /// What its role can do besides reading, the worst first, each with the SQL that revokes the right. Only where it was just
    /// tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<WarningBody>>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct WarningBody {
    grade: GradeBody,
    message: String,
    /// SQL to run on that database; absent where a revoke does not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<String>,
}

/// `danger`: data or secrets are at risk. `note`: the server's disk, or its work for others.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WarningGrade)]
enum GradeBody {
    Danger,
    Note,
}

#[derive(Serialize, ToSchema)]
pub struct DatabasesBody {
    databases: Vec<DatabaseBody>,
}

/// `"administrators"`, `"members"`, or a list of members' e-mail addresses.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "it must be `administrators`, `members`, or a list of members' e-mail addresses"
)]
pub enum OpenToBody {
    Group(String),
    Named(Vec<String>),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDatabase)]
pub struct CreateBody {
    name: String,
    /// As psql takes it: `postgresql://user:password@host:5432/database?sslmode=require`.
    url: String,
    /// Administrators only, unless given.
    open_to: Option<OpenToBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DatabaseChanges)]
pub struct UpdateBody {
    name: Option<String>,
    url: Option<String>,
    open_to: Option<OpenToBody>,
    /// `true` turns the daily look at its health on, `false` off.
    daily_look: Option<bool>,
    /// Bytes that a follower may be behind, or `null` for the default of 16 MiB.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u64>)]
    follower_lag_bytes_max: Option<Option<u64>>,
    /// Seconds that a follower may be behind, or `null` for the default of 30.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u64>)]
    follower_lag_max: Option<Option<u64>>,
    /// `null` is the default: `primary`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<WithoutFollowerBody>)]
    without_follower: Option<Option<WithoutFollowerBody>>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// `1` removes a database that clips still query: they then respond with 503 `database_removed`.
    #[serde(default, deserialize_with = "flag")]
    #[param(value_type = Option<String>)]
    force: bool,
}

/// The databases that you can query; all of them for an administrator.
#[utoipa::path(get, operation_id = "list_databases", path = "/api/v1/databases", tag = "databases",
    responses((status = 200, body = DatabasesBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
) -> Result<Json<DatabasesBody>, Error> {
    let clips = Database::clips_of_all(&app.store).await?;
    let databases = Database::all(&app.store).await?.into_iter();
    let databases = databases
        .filter(|database| viewer.query(database.clone()).is_ok())
        .map(|database| {
            let clips = clips.get(&database.id).copied().unwrap_or_default();
            DatabaseBody::new(&database, clips)
        });
    Ok(Json(DatabasesBody {
        databases: databases.collect(),
    }))
}

/// Adds a database, once a connection to it was made and its role checked.
#[utoipa::path(post, operation_id = "add_database", path = "/api/v1/databases", tag = "databases", request_body = CreateBody,
    responses((status = 201, body = DatabaseBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Body(new): Body<CreateBody>,
) -> Result<(StatusCode, Json<DatabaseBody>), Error> {
    viewer.administrate()?;
    let open_to = new
        .open_to
        .map_or(Ok(OpenTo::Administrators), OpenToBody::parse)?;
    let url = connection::parse(&new.url)?;
    let warnings = test(&app, &url).await?;
    let new = NewDatabase {
        name: &new.name,
        url: &url,
        open_to: &open_to,
        source: Source::Added,
    };
    let database = Database::create(&app.store, &app.key, &new).await?;
    let body = DatabaseBody {
        warnings: Some(warnings),
        ..body(&app, &database).await?
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// One database.
#[utoipa::path(get, operation_id = "read_database", path = "/api/v1/databases/{name}", tag = "databases",
    params(("name" = String, Path)),
    responses((status = 200, body = DatabaseBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
) -> Result<Json<DatabaseBody>, Error> {
    let database = find(&app, &name).await?;
    viewer
        .query(database.clone())
        .map_err(|_| Error::not_found("database"))?;
    Ok(Json(body(&app, &database).await?))
}

/// Changes a database's name, URL, who may query it, the limits of its followers, or its daily look. A new URL is tested first.
#[utoipa::path(patch, operation_id = "change_database", path = "/api/v1/databases/{name}", tag = "databases",
    params(("name" = String, Path)),
    request_body = UpdateBody,
    responses((status = 200, body = DatabaseBody)))]
pub async fn update(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
    Body(changes): Body<UpdateBody>,
) -> Result<Json<DatabaseBody>, Error> {
    viewer.administrate()?;
    let database = find(&app, &name).await?;
    let open_to = changes.open_to.map(OpenToBody::parse).transpose()?;
    let url = changes.url.as_deref().map(connection::parse).transpose()?;
    let mut warnings = None;
    if let Some(url) = &url {
        warnings = Some(test(&app, url).await?);
    }
    let default = FollowerRules::DEFAULT;
    let changes = DatabaseChanges {
        name: changes.name.as_deref(),
        url: url.as_ref(),
        open_to: open_to.as_ref(),
        has_daily_look: changes.daily_look,
        lag_bytes_max: changes
            .follower_lag_bytes_max
            .map(|bytes| bytes.unwrap_or(default.lag_bytes_max)),
        lag_max: changes
            .follower_lag_max
            .map(|seconds| seconds.map_or(default.lag_max, Duration::from_secs)),
        without_follower: changes
            .without_follower
            .map(|without| without.map_or(default.without_follower, WithoutFollowerBody::parse)),
    };
    let database = database.change(&app.store, &app.key, &changes).await?;
    if url.is_some() {
        database.note_omissions(&app.store, &[]).await?;
    }
    Ok(Json(DatabaseBody {
        warnings,
        ..body(&app, &database).await?
    }))
}

/// Removes a database.
#[utoipa::path(delete, operation_id = "remove_database", path = "/api/v1/databases/{name}", tag = "databases",
    params(("name" = String, Path), DeleteQuery),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
    Query(query): Query<DeleteQuery>,
) -> Result<StatusCode, Error> {
    let administrator = viewer.administrate()?;
    let database = find(&app, &name).await?;
    let clips = database.clips(&app.store).await?;
    if clips > 0 && !query.force {
        let clips = match clips {
            1 => "1 clip queries".to_owned(),
            clips => format!("{clips} clips query"),
        };
        return Err(Error::Conflict(format!(
            "{clips} the database “{name}”. Move them to another database first, or remove it anyway with ?force=1: they then respond with 503."
        )));
    }
    database.remove(&app.store, administrator.user()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl DatabaseBody {
    fn new(database: &Database, clips: i64) -> Self {
        let rules = FollowerRulesBody::of(database);
        Self {
            name: database.name.clone(),
            open_to: OpenToBody::new(&database.open_to),
            daily_look: database.has_daily_look,
            clips,
            follower_lag_bytes_max: rules.as_ref().map(|rules| rules.follower_lag_bytes_max),
            follower_lag_max: rules.as_ref().map(|rules| rules.follower_lag_max),
            without_follower: rules.map(|rules| rules.without_follower),
            warnings: None,
        }
    }
}

impl OpenToBody {
    fn parse(self) -> Result<OpenTo, Error> {
        let refused = || {
            Error::invalid(
                "open_to",
                "Open a database to `administrators`, to `members`, or to a list of members' e-mail addresses.",
            )
        };
        match self {
            Self::Group(group) if group == "administrators" => Ok(OpenTo::Administrators),
            Self::Group(group) if group == "members" => Ok(OpenTo::Members),
            Self::Group(_) => Err(refused()),
            Self::Named(emails) => {
                let emails = emails
                    .iter()
                    .map(|email| Email::parse(email).ok_or_else(refused));
                Ok(OpenTo::Named(emails.collect::<Result<_, _>>()?))
            }
        }
    }

    fn new(open_to: &OpenTo) -> Self {
        match open_to {
            OpenTo::Administrators => Self::Group("administrators".to_owned()),
            OpenTo::Members => Self::Group("members".to_owned()),
            OpenTo::Named(emails) => Self::Named(emails.iter().map(ToString::to_string).collect()),
        }
    }
}

pub(super) async fn find(app: &App, name: &str) -> Result<Database, Error> {
    let database = Database::find_by_name(&app.store, name).await?;
    database.ok_or_else(|| Error::not_found("database"))
}

/// What the role may do besides reading; see [`connection::inspect`].
async fn test(app: &App, url: &ConnectionUrl) -> Result<Vec<WarningBody>, Error> {
    Ok(WarningBody::all(connection::inspect(app, url).await?))
}

impl WarningBody {
    pub(super) fn all(report: Report) -> Vec<Self> {
        let warnings = report.warnings.into_iter().map(|warning| WarningBody {
            grade: match warning.grade {
                Grade::Danger => GradeBody::Danger,
                Grade::Note => GradeBody::Note,
            },
            message: warning.sentence,
            sql: warning.sql,
        });
        warnings.collect()
    }
}

async fn body(app: &App, database: &Database) -> Result<DatabaseBody, Error> {
    Ok(DatabaseBody::new(
        database,
        database.clips(&app.store).await?,
    ))
}
