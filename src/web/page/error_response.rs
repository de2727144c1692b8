//! Errors as responses: their status, headers and JSON. Handlers return an [`Error`]; `error_page` turns it into a page.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::run::Failure;
use crate::web::http::range;
use crate::web::http::request_log::facts;
use crate::web::http::request_log::request_id::RequestId;

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
    /// A sentence; PostgreSQL's own message where the SQL failed and the visitor may see it.
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// PostgreSQL's own; for a database that must not be queried as it is, the SQL that fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The position in the query, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The field of the request that cannot be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Cow<'static, str>>,
    /// The parameter whose blank or value is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Our own advice beside PostgreSQL's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl ErrorDetail {
    pub fn new(error: &Error) -> Self {
        match error {
            Error::Run {
                failure,
                sees_sql: true,
            } => Self::with_details(failure),
            Error::Run {
                failure,
                sees_sql: false,
            } => Self::summary_only(failure),
            Error::DatabaseNotUsable(failure) => Self::with_details(failure),
            Error::RoleNotCreated(failure) => Self {
                message: error.to_string(),
                hint: failure.sql().map(str::to_owned),
                ..match failure.failure() {
                    Some(failure) => Self::with_details(failure),
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
            Error::TooManyRuns { .. } => Self::plain("too_many_runs", error),
            Error::TooManyPreviews { .. } => Self::plain("too_many_previews", error),
            Error::BadRequest(_) => Self::plain("bad_request", error),
            Error::TooLong => Self::plain("too_long", error),
            Error::TooSlow => Self::plain("too_slow", error),
            Error::WrongMethod => Self::plain("wrong_method", error),
            Error::NotAcceptable => Self::plain("not_acceptable", error),
            Error::Conflict(_) => Self::plain("conflict", error),
            Error::EditConflict => Self::plain("overtaken", error),
            Error::TooLargeForFormat(_) => Self::plain("too_large_for_format", error),
            Error::UnfitForFormat(_) => Self::plain("unfit_for_format", error),
            Error::OutsideAnswer { .. } => Self::plain("range_not_satisfiable", error),
            Error::ResultGone => Self::plain("result_gone", error),
            Error::DatabaseRemoved => Self::plain("database_removed", error),
            Error::DatabaseUnreadable(_)
            | Error::ProviderUnavailable(_)
            | Error::StoreUnavailable
            | Error::StoreReadOnly
            | Error::StorePooled
            | Error::StoreUnfit(_)
            | Error::ServerSilent => Self::plain("unavailable", error),
            Error::NoRoom => Self::plain("storage", error),
            Error::Internal(_) => Self::plain("internal", error),
        }
    }

    /// What the author of a query probably did not mean, for a text that PostgreSQL accepts.
    pub fn from_hints(hints: &[String]) -> Option<Self> {
        (!hints.is_empty()).then(|| Self::with_message("parameter_hint", hints.join(" ")))
    }

    fn plain(code: &'static str, error: &Error) -> Self {
        Self::with_message(code, error.to_string())
    }

    fn with_message(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            detail: None,
            hint: None,
            position: None,
            sqlstate: None,
            field: None,
            parameter: None,
            advice: None,
        }
    }

    /// For viewers who see the query: everything that PostgreSQL reports.
    pub fn with_details(failure: &Failure) -> Self {
        Self {
            code: failure.code(),
            message: failure.message(),
            detail: failure.detail().map(str::to_owned),
            hint: failure.hint().or(failure.remedy()).map(str::to_owned),
            position: failure.position(),
            sqlstate: failure.sqlstate().map(str::to_owned),
            field: None,
            parameter: failure.parameter().map(str::to_owned),
            advice: failure.advice(),
        }
    }

    /// For viewers who do not see the query: PostgreSQL's messages name columns and values, so they get ours instead.
    fn summary_only(failure: &Failure) -> Self {
        Self {
            detail: None,
            hint: None,
            position: None,
            advice: failure.summary_advice(),
            message: failure.summary(),
            ..Self::with_details(failure)
        }
    }
}

impl ErrorBody {
    /// Of a run, for those who may see its query.
    pub fn with_details(failure: &Failure) -> Self {
        Self {
            error: ErrorDetail::with_details(failure),
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

/// The error of a response that has no body yet. Each sub-router has a layer that writes the body: as JSON, or as a page.
#[derive(Clone)]
pub struct Failed {
    pub error: Arc<Error>,
    /// The reference under which the log has the details.
    pub reference: Option<String>,
}

/// Sets status and headers. A layer of the sub-router writes the body, because it knows the form.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let reference = log(&self);
        let mut response = status(&self).into_response();
        add_headers(&self, response.headers_mut());
        response.extensions_mut().insert(Failed {
            error: Arc::new(self),
            reference,
        });
        response
    }
}

/// Layer of the API, and of addresses that the scripts of pages use: errors as JSON.
pub async fn as_json(request: Request, next: Next) -> Response {
    with_json(next.run(request).await)
}

/// Adds JSON to an error response that has no body yet.
pub fn with_json(mut response: Response) -> Response {
    let Some(failed) = response.extensions_mut().remove::<Failed>() else {
        return response;
    };
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    (head, Json(ErrorBody::from(&*failed.error))).into_response()
}

pub async fn unknown_page() -> Error {
    Error::not_found("page")
}

pub async fn wrong_method() -> Error {
    Error::WrongMethod
}

pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a handler panicked");
    Error::internal(message.to_owned()).into_response()
}

pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Removed | Error::Swept { .. } => StatusCode::GONE,
        Error::Protected | Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) | Error::ForeignOrigin => StatusCode::FORBIDDEN,
        Error::TooManyAttempts { .. }
        | Error::TooManyRuns { .. }
        | Error::TooManyPreviews { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::BadRequest(_) => StatusCode::BAD_REQUEST,
        Error::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Error::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Invalid { .. }
        | Error::DatabaseNotUsable(_)
        | Error::RoleNotCreated(_)
        | Error::TooLargeForFormat(_)
        | Error::UnfitForFormat(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::OutsideAnswer { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        Error::ResultGone => StatusCode::PRECONDITION_FAILED,
        Error::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Error::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Error::Conflict(_) | Error::EditConflict => StatusCode::CONFLICT,
        Error::DatabaseRemoved
        | Error::DatabaseUnreadable(_)
        | Error::ProviderUnavailable(_)
        | Error::StoreUnavailable
        | Error::StoreReadOnly
        | Error::StorePooled
        | Error::StoreUnfit(_)
        | Error::ServerSilent => StatusCode::SERVICE_UNAVAILABLE,
        Error::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
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
        | Failure::Parameter(_)
        | Failure::NotUtf8
        | Failure::RowTooLarge { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        Failure::Cancelled => StatusCode::CONFLICT,
        Failure::Unavailable(_)
        | Failure::Stopping
        | Failure::QueueFull
        | Failure::Refused(_)
        | Failure::OwnStore => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Storage => StatusCode::INSUFFICIENT_STORAGE,
    }
}

/// Status and headers of a page that says the error itself.
pub fn head(error: &Error) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    add_headers(error, &mut headers);
    (status(error), headers)
}

/// The headers of an error: how to authenticate, when to retry, how many bytes there are.
pub fn add_headers(error: &Error, headers: &mut HeaderMap) {
    if let Error::TooManyAttempts { retry_after }
    | Error::TooManyRuns { retry_after }
    | Error::TooManyPreviews { retry_after } = error
    {
        headers.insert(RETRY_AFTER, (*retry_after).into());
    }
    if let Error::OutsideAnswer { bytes } = error {
        headers.insert(CONTENT_RANGE, range::outside(*bytes));
    }
    match status(error) {
        // What is left of the body must not be taken for the next request.
        StatusCode::REQUEST_TIMEOUT => {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        _ => {}
    }
}

/// Logs an internal error, once, and returns a reference to it, which the page shows.
fn log(error: &Error) -> Option<String> {
    let Error::Internal(cause) = error else {
        return None;
    };
    let mut bytes = [0; 6];
    let _ = getrandom::fill(&mut bytes);
    let reference: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let request = facts::request_id();
    let request = request.as_ref().map(RequestId::as_str);
    tracing::error!(reference, request, cause = %cause, source = cause.source().map(ToString::to_string), "request failed");
    Some(reference)
}
