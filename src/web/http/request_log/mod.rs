//! Logs one line for each request, with the route's pattern instead of its path, because a slug is a secret; and counts
//! requests.

pub mod facts;
pub mod forwarded;
mod line;
pub mod request_id;
mod request_metrics;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::TryStreamExt;

use super::address::{Address, RowsForm};
use crate::run::Times;
use facts::Facts;
use line::Line;
use request_id::RequestId;
use request_metrics::FILE_ROUTE;
pub use request_metrics::RequestMetrics;

pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Marks a request that the server sends to itself, to renew a cached response.
#[derive(Clone, Copy)]
pub struct Unlogged;

/// What is logged and counted of requests.
pub struct RequestLog {
    pub metrics: RequestMetrics,
    /// How many of our own reverse proxies requests come through.
    proxies: usize,
    /// Whether lines contain the client's address.
    has_addresses: bool,
}

/// Writes the line of a response whose length is known only at its end.
struct Sending {
    log: Arc<RequestLog>,
    line: Line,
    bytes: u64,
}

/// Layer of all routers.
pub async fn log(State(log): State<Arc<RequestLog>>, request: Request, next: Next) -> Response {
    if request.extensions().get::<Unlogged>().is_some() {
        return next.run(request).await;
    }
    let mut line = log.line(&request, route(&request));
    let (mut response, facts) = facts::collect(line.id.clone(), next.run(request)).await;
    let (elapsed, status) = (facts.started.elapsed(), response.status());
    line.answered(status, elapsed, facts);
    log.metrics
        .note(&line.method, &line.route, status.as_u16(), elapsed);
    response.extensions_mut().insert(facts);
    if facts.sees_sql {
        let timing = server_timing(&facts, elapsed);
        response.headers_mut().insert(SERVER_TIMING, timing);
    }
    match response.body().size_hint().exact() {
        Some(bytes) => {
            log.finish(&line, bytes);
            response
        }
        None => response.map(|body| {
            counted(
                body,
                Sending {
                    log,
                    line,
                    bytes: 0,
                },
            )
        }),
    }
}

impl RequestLog {
    pub fn new(proxies: usize, has_addresses: bool) -> Self {
        Self {
            metrics: RequestMetrics::new(),
            proxies,
            has_addresses,
        }
    }

    /// Logs and counts a response from the cache, which never reaches the router.
    pub fn cached(
        &self,
        id: &RequestId,
        request: &Request,
        response: &Response,
        facts: Option<&Facts>,
    ) {
        let bytes = response.body().size_hint().exact().unwrap_or_default();
        self.metrics.note_cached();
        self.metrics.note_bytes(bytes);
        line::write_cached(id, bytes, self.client(request), facts);
    }

    /// If it is to be logged.
    fn client(&self, request: &Request) -> Option<IpAddr> {
        let client = || forwarded::client(request.extensions(), request.headers(), self.proxies);
        self.has_addresses.then(client).flatten()
    }

    fn line(&self, request: &Request, route: String) -> Line {
        Line {
            id: request.extensions().get::<RequestId>().cloned(),
            method: request.method().clone(),
            route,
            client: self.client(request),
            ..Line::default()
        }
    }

    fn finish(&self, line: &Line, bytes: u64) {
        self.metrics.note_bytes(bytes);
        line.write(bytes);
    }
}

impl Sending {
    fn count(&mut self, piece: &Bytes) {
        self.bytes += piece.len() as u64;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.log.finish(&self.line, self.bytes);
    }
}

fn counted(body: Body, mut sending: Sending) -> Body {
    let pieces = body.into_data_stream().map_err(io::Error::other);
    Body::from_stream(pieces.inspect_ok(move |piece: &Bytes| sending.count(piece)))
}

/// Its pattern.
fn route(request: &Request) -> String {
    if let Some(Address::Rows(address)) = request.extensions().get::<Address>()
        && let RowsForm::File(_) = address.form
    {
        return FILE_ROUTE.to_owned();
    }
    let path = request.extensions().get::<MatchedPath>();
    path.map_or("unknown", MatchedPath::as_str).to_owned()
}

/// In milliseconds: until access was decided, the stages of the run that was waited for, and the whole request.
fn server_timing(facts: &Facts, elapsed: Duration) -> HeaderValue {
    let Times {
        queue,
        connect,
        query,
    } = facts.run;
    let stages = [
        ("access", facts.access),
        ("queue", queue),
        ("connect", connect),
        ("query", query),
        ("total", Some(elapsed)),
    ];
    let known = stages
        .iter()
        .filter_map(|(name, time)| Some((name, (*time)?.as_secs_f64() * 1_000.0)));
    let timing: Vec<_> = known
        .map(|(name, milliseconds)| format!("{name};dur={milliseconds:.1}"))
        .collect();
    HeaderValue::try_from(timing.join(", ")).expect("names and numbers are ASCII")
}
