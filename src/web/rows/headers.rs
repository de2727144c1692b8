//! The facts of a result in the headers of every response that shows its rows.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::result::{ReadFrom, Summary};

const VERSION: HeaderName = HeaderName::from_static("x-dataclips-version");
const RESULT: HeaderName = HeaderName::from_static("x-dataclips-result");
const ROWS: HeaderName = HeaderName::from_static("x-dataclips-rows");
const TRUNCATED: HeaderName = HeaderName::from_static("x-dataclips-truncated");
const STARTED_AT: HeaderName = HeaderName::from_static("x-dataclips-started-at");
const CHECKED_AT: HeaderName = HeaderName::from_static("x-dataclips-checked-at");
const REPLACED: HeaderName = HeaderName::from_static("x-dataclips-replaced");
const SERVER: HeaderName = HeaderName::from_static("x-dataclips-server");
const BEHIND_BY: HeaderName = HeaderName::from_static("x-dataclips-behind-by");
const STALE: HeaderName = HeaderName::from_static("x-dataclips-stale");

pub fn describe(headers: &mut HeaderMap, version: i32, summary: &Summary) {
    name_version(headers, version);
    headers.insert(RESULT, summary.number.into());
    headers.insert(ROWS, summary.rows.into());
    let truncated = match summary.truncated {
        Some(_) => "true",
        None => "false",
    };
    headers.insert(TRUNCATED, HeaderValue::from_static(truncated));
    headers.insert(STARTED_AT, time(summary.started_at));
    headers.insert(CHECKED_AT, time(summary.checked_at));
    if let Some(from) = &summary.checked_from {
        describe_server(headers, from);
    }
}

/// Where the database has followers: from which of its servers the rows came.
fn describe_server(headers: &mut HeaderMap, from: &ReadFrom) {
    let server = match from.follower {
        Some(_) => "follower",
        None => "primary",
    };
    headers.insert(SERVER, HeaderValue::from_static(server));
    if let Some(bytes) = from.behind_bytes {
        headers.insert(BEHIND_BY, bytes.into());
    }
}

pub fn name_version(headers: &mut HeaderMap, version: i32) {
    headers.insert(VERSION, version.into());
}

/// The body has U+FFFD for this many characters, or NULL for this many values, which its format cannot hold.
pub fn count_replaced(headers: &mut HeaderMap, count: u64) {
    if count > 0 {
        headers.insert(REPLACED, count.into());
    }
}

/// An earlier result is shown because the last run failed.
pub fn mark_stale(headers: &mut HeaderMap) {
    headers.insert(STALE, HeaderValue::from_static("true"));
}

/// In microseconds, as in the JSON of the rows.
fn time(timestamp: Timestamp) -> HeaderValue {
    HeaderValue::from_str(&format!("{timestamp:.6}")).expect("RFC 3339 is plain ASCII")
}
