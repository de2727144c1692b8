//! Headers that more than one answer carries.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::csp_nonce::Nonce;
use super::url;
use crate::error::Error;
use crate::result::Summary;

const VERSION: HeaderName = HeaderName::from_static("x-dataclips-version");
const RESULT: HeaderName = HeaderName::from_static("x-dataclips-result");
const ROWS: HeaderName = HeaderName::from_static("x-dataclips-rows");
const TRUNCATED: HeaderName = HeaderName::from_static("x-dataclips-truncated");
const STARTED_AT: HeaderName = HeaderName::from_static("x-dataclips-started-at");
const CHECKED_AT: HeaderName = HeaderName::from_static("x-dataclips-checked-at");
const STALE: HeaderName = HeaderName::from_static("x-dataclips-stale");
const ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// For what other sites may show in a frame: it has no scripts, no forms, and nothing that is anybody's own.
const FRAMED_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *",
);

/// Marks an answer that other sites may show in a frame.
#[derive(Clone, Copy)]
pub struct Framed;

/// Layer: what every answer carries, unless it says otherwise itself.
pub async fn strict(mut request: Request, next: Next) -> Response {
    // Such an address is a secret. From all other pages a form has to say where it comes from.
    let is_one_time_links = url::is_one_time_links(request.uri());
    let referrer = if is_one_time_links {
        HeaderValue::from_static("strict-origin")
    } else if url::is_clips(request.uri()) {
        HeaderValue::from_static("no-referrer")
    } else {
        HeaderValue::from_static("same-origin")
    };
    let has_secret = url::access_token(request.uri()).is_some();
    let nonce = match Nonce::generate() {
        Ok(nonce) => nonce,
        Err(error) => return Error::internal(error).into_response(),
    };
    let policy = policy(&nonce);
    request.extensions_mut().insert(nonce);
    let mut response = next.run(request).await;
    let is_framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    if is_framed {
        headers.insert(CONTENT_SECURITY_POLICY, FRAMED_POLICY);
    } else {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, referrer);
    headers
        .entry(ROBOTS_TAG)
        .or_insert(HeaderValue::from_static("noindex"));
    if has_secret || is_one_time_links {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// Nothing but our own style sheet, the styles of our scripts, scripts, pictures and what scripts ask for; forms only to
/// ourselves.
fn policy(nonce: &Nonce) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        nonce.as_str()
    );
    HeaderValue::try_from(policy).expect("base64 is printable ASCII")
}

/// The facts of a result, on every answer that shows one.
pub fn describe(headers: &mut HeaderMap, version: i32, summary: &Summary) {
    headers.insert(VERSION, version.into());
    headers.insert(RESULT, summary.number.into());
    headers.insert(ROWS, summary.rows.into());
    let truncated = if summary.truncated.is_some() {
        "true"
    } else {
        "false"
    };
    headers.insert(TRUNCATED, HeaderValue::from_static(truncated));
    headers.insert(STARTED_AT, time(summary.started_at));
    headers.insert(CHECKED_AT, time(summary.checked_at));
}

/// An earlier result stands in for an error.
pub fn mark_stale(headers: &mut HeaderMap) {
    headers.insert(STALE, HeaderValue::from_static("true"));
}

/// As the rows' own JSON tells it.
fn time(timestamp: jiff::Timestamp) -> HeaderValue {
    HeaderValue::from_str(&format!("{timestamp:.6}")).expect("RFC 3339 is plain ASCII")
}
