//! The content coding of a response, chosen from those that the client accepts.

use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, ETAG};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::compression::Predicate;
use tower_http::compression::predicate::DefaultPredicate;

use super::preferences;
use crate::encode::Coding;
use crate::error::Error;
use crate::web::http::cors;

/// Layer of each sub-router: refuses a request for which there is no body that its client accepts, before anything is done for it.
/// The layer that compresses would send the body all the same, with another status.
pub async fn refuse_unacceptable(request: Request, next: Next) -> Result<Response, Error> {
    match accepts_any(request.headers()) {
        true => Ok(next.run(request).await),
        false => Err(Error::NotAcceptable),
    }
}

/// The same layer for rows. Scripts on every origin may read the refusal, which says nothing about the clip.
pub async fn refuse_unacceptable_rows(request: Request, next: Next) -> Response {
    match refuse_unacceptable(request, next).await {
        Ok(response) => response,
        Err(error) => {
            let mut refusal = error.into_response();
            cors::allow(refusal.headers_mut());
            refusal
        }
    }
}

/// A preflight has no body to code, and browsers use it only where its status is 204.
pub async fn ignore_in_preflight(mut request: Request) -> Request {
    if request.method() == Method::OPTIONS {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    request
}

/// The coding that the client prefers; among equals the one that is fastest for its size.
pub fn negotiate(headers: &HeaderMap) -> Coding {
    let weight = |name| weight(headers, name);
    // The last of equal maxima wins.
    [
        (Coding::Gzip, weight("gzip")),
        (Coding::Brotli, weight("br")),
        (Coding::Zstd, weight("zstd")),
    ]
    .into_iter()
    .filter(|(_, weight)| *weight > 0.0)
    .max_by(|(_, a), (_, b)| a.total_cmp(b))
    .map_or(Coding::Identity, |(coding, _)| coding)
}

/// Whether the client accepts Brotli, even if it prefers others.
pub fn accepts_brotli(headers: &HeaderMap) -> bool {
    weight(headers, "br") > 0.0
}

/// Whether there is a coding that the client accepts. Identity, which is none, is accepted unless the client refuses it.
fn accepts_any(headers: &HeaderMap) -> bool {
    let accepts_identity = named_weight(headers, "identity").is_none_or(|weight| weight > 0.0);
    accepts_identity || negotiate(headers) != Coding::Identity
}

/// The weight (`q`) that the client gives a coding.
fn weight(headers: &HeaderMap, name: &str) -> f32 {
    named_weight(headers, name).unwrap_or(0.0)
}

/// The same; `None` if the client names neither the coding nor `*`. Of several weights the highest counts.
fn named_weight(headers: &HeaderMap, name: &str) -> Option<f32> {
    let highest = |name| {
        let accepted = preferences(headers, &ACCEPT_ENCODING);
        let named = accepted.filter(|(coding, _)| coding == name);
        named.map(|(_, weight)| weight).max_by(f32::total_cmp)
    };
    highest(name).or_else(|| highest("*"))
}

/// Pages and errors are compressed by a layer. Rows in machine formats are not: their handler has chosen the coding, on
/// which their `ETag` depends.
pub fn is_not_coded_yet() -> impl Predicate {
    DefaultPredicate::new().and(
        |_: axum::http::StatusCode,
         _: axum::http::Version,
         headers: &HeaderMap,
         _: &axum::http::Extensions| { !headers.contains_key(ETAG) },
    )
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_client_chooses_the_coding() {
        for (accept, coding) in [
            ("", Coding::Identity),
            ("identity", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("GZIP, deflate", Coding::Gzip),
            ("gzip, br", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Zstd),
            ("gzip;q=1.0, br;q=0.5, zstd;q=0", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("*", Coding::Zstd),
            ("*;q=0, br", Coding::Brotli),
            ("gzip;q=nonsense", Coding::Identity),
            ("gzip;q=2", Coding::Identity),
            ("gzip;q=0.5, br;q=0.4, gzip;q=0.3", Coding::Gzip),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(negotiate(&headers), coding, "{accept:?}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn a_client_may_refuse_everything() {
        for (accept, is_accepted) in [
            ("", true),
            ("deflate", true),
            ("gzip;q=0", true),
            ("identity;q=0, gzip", true),
            ("*;q=0, br;q=0.1", true),
            ("*;q=0, identity;q=0.1", true),
            ("identity;q=0, *", true),
            ("identity;q=nonsense", true),
            ("identity;q=0", false),
            ("identity;q=0, deflate", false),
            ("*;q=0", false),
            ("*;q=0, gzip;q=0.0, deflate", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(accepts_any(&headers), is_accepted, "{accept:?}");
        }
        assert!(accepts_any(&HeaderMap::new()));
    }

    #[test]
    fn brotli_is_used_only_where_it_is_accepted() {
        for (accept, is_accepted) in [
            ("", false),
            ("gzip, deflate", false),
            ("gzip, deflate, br, zstd", true),
            ("gzip;q=1.0, br;q=0.5", true),
            ("br;q=0, *", false),
            ("*", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(accepts_brotli(&headers), is_accepted, "{accept:?}");
        }
    }
}
