//! Prevents cross-site request forgery: unsafe requests are accepted from our own pages, and from clients that are not
//! browsers.

use axum::extract::Request;
use axum::http::header::ORIGIN;
use axum::http::{HeaderName, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};

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

/// Layer of the forms on a clip's pages. These pages send no referrer, so over plain HTTP, where there is no
/// `Sec-Fetch-Site`, browsers send `Origin: null` even to their own origin. These forms are protected by `SameSite=Lax`,
/// and by the slug, which a forger would have to know.
pub async fn allow_null_origin(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    if !headers.contains_key(SEC_FETCH_SITE)
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
