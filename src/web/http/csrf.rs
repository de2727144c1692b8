//! No other site makes a visitor's browser change anything here: unsafe requests come from our own pages, or not from a
//! browser.

use axum::extract::Request;
use axum::http::header::ORIGIN;
use axum::http::{HeaderName, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::url;
use crate::error::Error;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Compares `Sec-Fetch-Site`, or `Origin` with `Host` and the public URL.
pub fn layer(public_url: &str) -> CsrfLayer<fn(ProtectionError) -> Response> {
    let layer = CsrfLayer::new();
    // A proxy may have changed the `Host` that the browser sent.
    let layer =
        match origin(public_url).and_then(|origin| layer.clone().add_trusted_origin(origin).ok()) {
            Some(trusting) => trusting,
            None => layer,
        };
    layer.with_rejection_response(|_| Error::ForeignOrigin.into_response())
}

/// Over plain HTTP browsers send no `Sec-Fetch-Site`, and from a clip's page, which sends no referrer, they send
/// `Origin: null` even to their own origin. For the forms of that page `SameSite=Lax` then stands guard, and that whoever
/// would forge one has to know the clip's slug.
pub async fn without_null(mut request: Request, next: Next) -> Response {
    let uri = request.uri();
    let is_of_such_a_page = url::is_clips(uri) || matches!(uri.path(), "/theme" | "/sign-out");
    let headers = request.headers_mut();
    if is_of_such_a_page
        && !headers.contains_key(SEC_FETCH_SITE)
        && headers.get(ORIGIN).is_some_and(|origin| origin == "null")
    {
        headers.remove(ORIGIN);
    }
    next.run(request).await
}

/// `https://clips.example.com/below` → `https://clips.example.com`
fn origin(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}
