//! Errors as pages, for the sub-routers that browsers use.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error_response::{self, ErrorDetail, Failed};
use super::render;
use super::sign_in_ways::SignInWays;
use crate::error::Error;
use crate::web::app::App;
use crate::web::visitor::{KnownVisitor, Visitor};

#[derive(Template)]
#[template(path = "page/error.html")]
struct ErrorPage<'a> {
    visitor: &'a Visitor,
    heading: &'a str,
    problem: &'a ErrorDetail,
    status: StatusCode,
    reference: Option<String>,
    ways: SignInWays<'a>,
}

/// Layer of the pages: errors as pages.
pub async fn as_page(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let known = KnownVisitor::default();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(known.clone());
    let request = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    with_page(&app, &known, request, response).await
}

/// Layer of the rows: errors as JSON, except for a browser that opens a protected clip's rows: it gets a page to sign in,
/// which leads on to those rows.
pub async fn as_json_or_sign_in(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if !accepts_pages(request.headers()) {
        return error_response::as_json(request, next).await;
    }
    let (parts, body) = request.into_parts();
    let request = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let failed = response.extensions().get::<Failed>();
    match failed.is_some_and(|failed| matches!(*failed.error, Error::Protected)) {
        true => with_page(&app, &KnownVisitor::default(), request, response).await,
        false => error_response::with_json(response),
    }
}

/// Adds the page to an error response that has no body yet.
async fn with_page(
    app: &Arc<App>,
    known: &KnownVisitor,
    mut request: Parts,
    mut response: Response,
) -> Response {
    let Some(failed) = response.extensions_mut().remove::<Failed>() else {
        return response;
    };
    let visitor = match known.get() {
        Some(visitor) => visitor.clone(),
        None => {
            let visitor = Visitor::from_request_parts(&mut request, app).await;
            visitor.unwrap_or_else(|_| Visitor::anonymous(&request))
        }
    };
    let page = render(&ErrorPage {
        visitor: &visitor,
        heading: heading(&failed.error),
        problem: &ErrorDetail::new(&failed.error),
        status: response.status(),
        reference: failed.reference,
        ways: SignInWays::new(app),
    });
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    (head, page).into_response()
}

/// Browsers accept `text/html` when they open an address; their scripts, and other clients, accept anything.
fn accepts_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut types = accept.unwrap_or_default().split(',');
    types.any(|accepted| accepted.trim().starts_with("text/html"))
}

fn heading(error: &Error) -> &'static str {
    match error {
        Error::Protected => "This clip is protected",
        Error::Swept { .. } => "No longer stored",
        Error::Unauthenticated(_) => "Sign in first",
        _ => match error_response::status(error) {
            StatusCode::FORBIDDEN => "No access",
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::GONE => "Removed",
            StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
            StatusCode::SERVICE_UNAVAILABLE => "Not available just now",
            StatusCode::INSUFFICIENT_STORAGE => "No room to store this",
            StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
            _ => "This cannot be done",
        },
    }
}
