//! Lets scripts on other origins read open clips, and everything that a token or clip link opened.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Retry-After, Age, X-Dataclips-Version, X-Dataclips-Result, X-Dataclips-Rows, X-Dataclips-Truncated, \
     X-Dataclips-Started-At, X-Dataclips-Checked-At, X-Dataclips-Replaced, X-Dataclips-Stale, \
     X-Dataclips-Server, X-Dataclips-Behind-By",
);

/// Lets scripts on every origin read this response.
pub fn allow(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// The response to a preflight request of a script on another site. It is the same for every address that could be a clip's,
/// existing or not: it reveals nothing, and needs no read from the store.
#[utoipa::path(options, operation_id = "allow_other_sites", path = "/{slug}.{format}", tag = "clips", security(()),
    params(("slug" = String, Path), ("format" = String, Path)),
    responses((status = 204, headers(
        ("Access-Control-Allow-Origin" = String), ("Access-Control-Allow-Methods" = String),
        ("Access-Control-Allow-Headers" = String), ("Access-Control-Max-Age" = String)))))]
pub async fn preflight() -> Response {
    let mut headers = HeaderMap::new();
    allow(&mut headers);
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD"),
    );
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, If-None-Match, Prefer"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    (StatusCode::NO_CONTENT, headers).into_response()
}
