//! Lets programs on other origins read open clips, and whatever a token opened.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::url::Address;
use crate::web::page::error_response;

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Retry-After, Age, X-Dataclips-Version, X-Dataclips-Result, X-Dataclips-Rows, X-Dataclips-Truncated, \
     X-Dataclips-Started-At, X-Dataclips-Checked-At, X-Dataclips-Stale",
);

pub fn allow(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// The same for every address that could be a clip's, known or not, so that it tells nothing.
pub async fn preflight(uri: Uri) -> Response {
    if Address::of(&uri).suffix.is_none() {
        let allowed = [(ALLOW, "GET, HEAD")];
        return (allowed, error_response::wrong_method().await).into_response();
    }
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
