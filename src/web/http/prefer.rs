//! `Prefer: respond-async` (RFC 7240): an early response with the address of the later one, instead of a connection that
//! stays open for minutes.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::live::Run;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// How long a response still waits for a quick run, unless `wait=` says how long.
const WAIT: Duration = Duration::from_secs(1);
/// Below the usual timeouts of proxies.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// The longest time between two requests of a client that polls: its run continues for this long without a request.
const RETURN_WITHIN: Duration = Duration::from_secs(60);
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// How long to wait before a response without rows, if the client prefers that to an open connection.
pub fn respond_async(request: &HeaderMap) -> Option<Duration> {
    let values = request
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let preferences: Vec<&str> = values
        .flat_map(|value| value.split([',', ';']))
        .map(str::trim)
        .collect();
    let is_requested = preferences
        .iter()
        .any(|preference| preference.eq_ignore_ascii_case("respond-async"));
    let wait = preferences
        .iter()
        .filter_map(|preference| preference.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
        .and_then(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok());
    is_requested.then(|| wait.map_or(WAIT, Duration::from_secs).min(WAIT_MAX))
}

/// How long to wait when a client comes back for a run.
pub fn wait_on_return() -> Duration {
    WAIT
}

/// 202: the run goes on, and its rows will be at this address.
pub fn accepted(run: &Arc<Run>, address: &str) -> Response {
    run.hold_for(RETURN_WITHIN);
    let progress = run.progress();
    let body = json!({
        "status": "running",
        "location": address,
        "elapsed_ms": progress.elapsed.as_millis() as u64,
        "rows": progress.rows,
    });
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    let headers = response.headers_mut();
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(LOCATION, address);
    }
    headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    headers.insert(
        PREFERENCE_APPLIED,
        HeaderValue::from_static("respond-async"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preference_is_read_with_its_wait() {
        for (prefer, wait) in [
            ("respond-async", Some(WAIT)),
            ("Respond-Async, wait=5", Some(Duration::from_secs(5))),
            ("wait=0; respond-async", Some(Duration::ZERO)),
            ("respond-async, wait=600", Some(WAIT_MAX)),
            ("respond-async, wait=soon", Some(WAIT)),
            ("return=minimal", None),
            ("wait=5", None),
            ("", None),
        ] {
            let mut request = HeaderMap::new();
            request.insert(PREFER, HeaderValue::from_static(prefer));
            assert_eq!(respond_async(&request), wait, "{prefer:?}");
        }
        assert_eq!(respond_async(&HeaderMap::new()), None);
    }
}
