//! Errors as answers: the status, and the same sentences as a page or as JSON. Handlers just return an `Error`.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::run::Failure;
use crate::web::app::App;
use crate::web::http::url::Address;
use crate::web::http::{range, url};
use crate::web::visitor::Visitor;

/// Seconds after which a 503 is worth another try.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The body of every error in a machine format. Absent keys are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

/// What went wrong, and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ErrorDetail {
    /// Stable, for programs.
    pub code: &'static str,
    /// A sentence; PostgreSQL's own words where the SQL failed and the visitor may see them.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// PostgreSQL's own; for a database that must not be queried as it is, the SQL that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the query, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The field of the request that cannot be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Cow<'static, str>>,
    /// Our plain advice beside PostgreSQL's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

#[derive(Template)]
#[template(path = "page/error.html")]
struct ErrorPage<'a> {
    visitor: &'a Visitor,
    heading: &'a str,
    problem: &'a ErrorDetail,
    status: StatusCode,
    reference: Option<String>,
    offers_links: bool,
}

impl ErrorDetail {
    pub fn new(error: &Error) -> Self {
        match error {
            Error::Run {
                failure,
                sees_sql: true,
            } => Self::told_in_full(failure),
            Error::Run {
                failure,
                sees_sql: false,
            } => Self::told_without_sql(failure),
            Error::DatabaseNotUsable(failure) => Self::told_in_full(failure),
            Error::RoleNotCreated(failure) => Self {
                message: error.to_string(),
                hint: failure.sql().map(str::to_owned),
                ..match failure.failure() {
                    Some(failure) => Self::told_in_full(failure),
                    None => Self::plain("role_not_created", error),
                }
            },
            Error::Invalid { field, .. } => Self {
                field: Some(field.clone()),
                ..Self::plain("invalid", error)
            },
            Error::NotFound(_) => Self::plain("not_found", error),
            Error::Removed => Self::plain("removed", error),
            Error::Swept { .. } => Self::plain("swept", error),
            Error::Protected => Self::plain("protected", error),
            Error::Unauthenticated(_) => Self::plain("unauthenticated", error),
            Error::Forbidden(_) => Self::plain("forbidden", error),
            Error::ForeignOrigin => Self::plain("foreign_origin", error),
            Error::TooManyAttempts { .. } => Self::plain("too_many_attempts", error),
            Error::BadRequest(_) => Self::plain("bad_request", error),
            Error::TooLong => Self::plain("too_long", error),
            Error::WrongMethod => Self::plain("wrong_method", error),
            Error::Conflict(_) => Self::plain("conflict", error),
            Error::EditConflict => Self::plain("overtaken", error),
            Error::TooLargeForFormat(_) => Self::plain("too_large_for_format", error),
            Error::OutsideAnswer { .. } => Self::plain("range_not_satisfiable", error),
            Error::DatabaseRemoved => Self::plain("database_removed", error),
            Error::DatabaseUnreadable(_) | Error::StoreUnavailable => {
                Self::plain("unavailable", error)
            }
            Error::Internal(_) => Self::plain("internal", error),
        }
    }

    fn plain(code: &'static str, error: &Error) -> Self {
        Self {
            code,
            message: error.to_string(),
            detail: None,
            hint: None,
            position: None,
            sqlstate: None,
            field: None,
            advice: None,
        }
    }

    /// To who sees the query.
    pub fn told_in_full(failure: &Failure) -> Self {
        Self {
            code: failure.code(),
            message: failure.message(),
            detail: failure.detail().map(str::to_owned),
            hint: failure.hint().or(failure.remedy()).map(str::to_owned),
            position: failure.position(),
            sqlstate: failure.sqlstate().map(str::to_owned),
            field: None,
            advice: failure.advice(),
        }
    }

    /// PostgreSQL's words name columns and values: who may not see the query gets ours.
    fn told_without_sql(failure: &Failure) -> Self {
        Self {
            detail: None,
            hint: None,
            position: None,
            advice: None,
            message: failure.summary(),
            ..Self::told_in_full(failure)
        }
    }
}

impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> Self {
        Self {
            error: ErrorDetail::new(error),
        }
    }
}

/// What an answer is an error's, for the layer that turns it into a page.
#[derive(Clone)]
struct Told {
    error: Arc<Error>,
    /// Under which the log has more.
    reference: Option<String>,
}

/// An error answers as JSON; [`for_people`] makes a page of it where somebody looks at one.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let reference = log(&self);
        let mut response = (status(&self), Json(ErrorBody::from(&self))).into_response();
        add_headers(&self, response.headers_mut());
        response.extensions_mut().insert(Told {
            error: Arc::new(self),
            reference,
        });
        response
    }
}

/// Layer: errors as pages, but where a program asked. Who follows a link to a protected clip's rows in a browser signs in
/// right there, and lands on those rows.
pub async fn for_people(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_for_programs = is_for_programs(request.uri());
    let is_in_browser = accepts_pages(request.headers());
    if is_for_programs && !is_in_browser {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut kept = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(told) = response.extensions().get::<Told>().cloned() else {
        return response;
    };
    if is_for_programs && !matches!(*told.error, Error::Protected) {
        return response;
    }
    let visitor = Visitor::from_request_parts(&mut kept, &app).await;
    let visitor = visitor.unwrap_or_else(|_| Visitor::anonymous(&kept));
    let page = ErrorPage {
        visitor: &visitor,
        heading: heading(&told.error),
        problem: &ErrorDetail::new(&told.error),
        status: response.status(),
        reference: told.reference,
        offers_links: app.settings.mailer.is_some(),
    };
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(CONTENT_TYPE);
    (head.status, head.headers, render(&page)).into_response()
}

fn is_for_programs(uri: &Uri) -> bool {
    let path = uri.path();
    let is_below = |name: &str| url::is_clips(uri) && path.ends_with(name);
    path.starts_with("/api/")
        || Address::of(uri).suffix.is_some()
        || is_below("/rows")
        || is_below("/columns")
        || is_below("/run")
        || (path.starts_with(url::DATABASES) && path.ends_with("/schema/search"))
}

/// Browsers say so when they go to an address; their scripts, and other programs, take anything.
fn accepts_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut types = accept.unwrap_or_default().split(',');
    types.any(|accepted| accepted.trim().starts_with("text/html"))
}

pub async fn unknown_page() -> Error {
    Error::not_found("page")
}

pub async fn wrong_method() -> Error {
    Error::WrongMethod
}

pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a handler panicked");
    Error::internal(words.to_owned()).into_response()
}

/// A rendered template. Templates cannot fail on values that exist.
pub fn render(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Removed | Error::Swept { .. } => StatusCode::GONE,
        Error::Protected | Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) | Error::ForeignOrigin => StatusCode::FORBIDDEN,
        Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::BadRequest(_) => StatusCode::BAD_REQUEST,
        Error::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Invalid { .. }
        | Error::DatabaseNotUsable(_)
        | Error::RoleNotCreated(_)
        | Error::TooLargeForFormat(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::OutsideAnswer { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        Error::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Error::Conflict(_) | Error::EditConflict => StatusCode::CONFLICT,
        Error::DatabaseRemoved | Error::DatabaseUnreadable(_) | Error::StoreUnavailable => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Error::Run { failure, .. } => failure_status(failure),
    }
}

fn failure_status(failure: &Failure) -> StatusCode {
    match failure {
        Failure::Statement(_)
        | Failure::Empty
        | Failure::Nul
        | Failure::NoColumns
        | Failure::Parameters
        | Failure::NotUtf8 => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        Failure::Cancelled => StatusCode::CONFLICT,
        Failure::Unavailable(_)
        | Failure::QueueFull
        | Failure::Refused(_)
        | Failure::OwnStore
        | Failure::Storage => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn heading(error: &Error) -> &'static str {
    match error {
        Error::Protected => "This dataclip is protected",
        Error::Swept { .. } => "Not kept any more",
        Error::Unauthenticated(_) => "Sign in first",
        _ => match status(error) {
            StatusCode::FORBIDDEN => "No access",
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::GONE => "Removed",
            StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
            StatusCode::SERVICE_UNAVAILABLE => "Not available just now",
            StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
            _ => "This cannot be done",
        },
    }
}

/// What an error's answer says beside its body: how to sign in, when to try again, how much there is.
pub fn add_headers(error: &Error, headers: &mut HeaderMap) {
    if let Error::TooManyAttempts { retry_after } = error {
        headers.insert(RETRY_AFTER, (*retry_after).into());
    }
    if let Error::OutsideAnswer { bytes } = error {
        headers.insert(CONTENT_RANGE, range::outside(*bytes));
    }
    match status(error) {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        _ => {}
    }
}

/// Logs what is our own failure, once, and gives it a reference that the page shows.
fn log(error: &Error) -> Option<String> {
    let Error::Internal(cause) = error else {
        return None;
    };
    let mut bytes = [0; 6];
    let _ = getrandom::fill(&mut bytes);
    let reference: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    tracing::error!(reference, cause = %cause, source = cause.source().map(ToString::to_string), "request failed");
    Some(reference)
}
