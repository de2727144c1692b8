//! Headers that limit what a browser does with a response.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::address::{self, Address};
use super::csp_nonce::Nonce;

const ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// For pages that other sites may show in a frame: they have no forms, and nothing personal.
const FRAMED_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *",
);

/// The same with our own scripts, which draw the chart from rows of our own origin.
const FRAMED_SCRIPT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *",
);

/// Marks a response that other sites may show in a frame.
#[derive(Clone, Copy)]
pub enum Framed {
    Bare,
    WithScript,
}

/// Layer of every sub-router: headers of every response. Handlers may choose `X-Robots-Tag` and `Cache-Control`.
pub async fn strict(address: Address, mut request: Request, next: Next) -> Response {
    let has_secret =
        address == Address::OneTimeLink || address::access_token(request.uri()).is_some();
    let nonce = match Nonce::generate() {
        Ok(nonce) => nonce,
        Err(error) => {
            tracing::error!(%error, "the system provides no random bytes");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let (policy, referrer_policy) = (policy(&nonce), address.referrer_policy(request.uri()));
    request.extensions_mut().insert(nonce);
    let mut response = next.run(request).await;
    let framed = response.extensions().get::<Framed>().copied();
    let headers = response.headers_mut();
    let policy = match framed {
        Some(Framed::Bare) => FRAMED_POLICY,
        Some(Framed::WithScript) => FRAMED_SCRIPT_POLICY,
        None => {
            headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            policy
        }
    };
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, referrer_policy);
    headers
        .entry(ROBOTS_TAG)
        .or_insert(HeaderValue::from_static("noindex"));
    if has_secret {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// Allows our own style sheet, scripts and images, the styles that our scripts add, and requests to our own origin; forms
/// may be sent only to us.
fn policy(nonce: &Nonce) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        nonce.as_str()
    );
    HeaderValue::try_from(policy).expect("base64 is printable ASCII")
}
