//! `/api/v1/databases/{name}/health`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::{Database, Source};
use crate::run::doctor::{Diagnosis, Examined, Finding, Grade, Numbers};
use crate::web::app::App;
use crate::web::database::database_api;
use crate::web::http::extract::Path;
use crate::web::page::error_response::ErrorBody;
use crate::web::visitor::ApiUser;

/// The health of a database: what each check found, the worst first.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthBody {
    database: String,
    server_version: String,
    role: String,
    grade: GradeBody,
    checks: Vec<CheckBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = HealthCheck)]
struct CheckBody {
    name: &'static str,
    title: &'static str,
    question: &'static str,
    /// That of its worst finding.
    grade: GradeBody,
    /// What a red or amber finding costs, and what usually helps.
    why: &'static str,
    findings: Vec<FindingBody>,
    /// The query whose rows the findings are.
    sql: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = HealthFinding)]
struct FindingBody {
    grade: GradeBody,
    finding: String,
    /// SQL that may help, to run by hand.
    statement: Option<String>,
    /// The other columns of the query.
    #[schema(value_type = Object)]
    numbers: Numbers,
}

/// `red`: act today. `amber`: plan it. `blind`: not known; the statement says what would help. `green`: all is well.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = HealthGrade)]
enum GradeBody {
    Red,
    Amber,
    Blind,
    Green,
}

/// Examines the database now, within 30 seconds. For administrators: it shows other people's queries.
#[utoipa::path(get, path = "/api/v1/databases/{name}/health", tag = "databases", params(("name" = String, Path)),
    responses((status = 200, body = HealthBody), (status = "4XX", body = ErrorBody), (status = 503, body = ErrorBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(name): Path<String>,
) -> Result<Json<HealthBody>, Error> {
    viewer.administrate()?;
    let database = database_api::find(&app, &name).await?;
    let diagnosis = read(&app, &database).await?;
    Ok(Json(HealthBody::new(&database.name, &diagnosis)))
}

/// For administrators alone.
pub async fn read(app: &App, database: &Database) -> Result<Diagnosis, Error> {
    let target = app.target(database)?;
    let diagnosis = app.runner.diagnose(&target).await;
    let diagnosis = diagnosis.map_err(|failure| Error::Run {
        failure,
        sees_sql: true,
    })?;
    Ok(without_impossible_grants(database, diagnosis))
}

/// Advises no GRANT where nobody can run one.
pub fn without_impossible_grants(database: &Database, diagnosis: Diagnosis) -> Diagnosis {
    match database.source {
        Source::Embedded => diagnosis.without_grants(),
        Source::Added | Source::Environment => diagnosis,
    }
}

impl HealthBody {
    pub fn new(database: &str, diagnosis: &Diagnosis) -> Self {
        Self {
            database: database.to_owned(),
            server_version: diagnosis.version.clone(),
            role: diagnosis.role.clone(),
            grade: GradeBody::new(diagnosis.grade()),
            checks: diagnosis.checks.iter().map(CheckBody::new).collect(),
        }
    }
}

impl CheckBody {
    fn new(examined: &Examined) -> Self {
        Self {
            name: examined.check.name,
            title: examined.check.title,
            question: examined.check.question,
            grade: GradeBody::new(examined.grade()),
            why: examined.check.why,
            findings: examined.findings.iter().map(FindingBody::new).collect(),
            sql: examined.sql.clone(),
        }
    }
}

impl FindingBody {
    fn new(finding: &Finding) -> Self {
        Self {
            grade: GradeBody::new(finding.grade),
            finding: finding.sentence.clone(),
            statement: finding.statement.clone(),
            numbers: finding.numbers.clone(),
        }
    }
}

impl GradeBody {
    fn new(grade: Grade) -> Self {
        match grade {
            Grade::Red => Self::Red,
            Grade::Amber => Self::Amber,
            Grade::Blind => Self::Blind,
            Grade::Green => Self::Green,
        }
    }
}
