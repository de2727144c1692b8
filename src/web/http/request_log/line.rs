//! A line of the log of requests.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{Method, StatusCode};

use super::facts::Facts;
use super::request_id::RequestId;
use super::request_metrics::FILE_ROUTE;

/// `DATACLIPS_ACCESS_LOG=off` turns off what has this target.
const TARGET: &str = "dataclips::access";

/// What a line says. It is logged once the length of the response is known.
#[derive(Default)]
pub struct Line {
    pub(super) id: Option<RequestId>,
    pub(super) method: Method,
    pub(super) route: String,
    pub(super) status: u16,
    pub(super) elapsed: Duration,
    pub(super) client: Option<IpAddr>,
    pub(super) facts: Option<Facts>,
}

impl Line {
    pub(super) fn answered(&mut self, status: StatusCode, elapsed: Duration, facts: Facts) {
        self.status = status.as_u16();
        self.elapsed = elapsed;
        self.facts = Some(facts);
    }

    /// Health checks come every second: their lines are for debugging.
    pub(super) fn write(&self, bytes: u64) {
        if matches!(&*self.route, "/healthz" | "/readyz" | "/metrics") {
            self.write_at_debug(bytes);
            return;
        }
        let facts = self.facts.as_ref();
        tracing::info!(
            target: TARGET,
            request = self.id.as_ref().map(|id| tracing::field::display(id.as_str())),
            method = %self.method,
            route = self.route,
            status = self.status,
            elapsed_ms = ms(self.elapsed),
            bytes,
            user = facts.and_then(|facts| facts.user),
            clip = facts.and_then(|facts| facts.clip),
            address = self.client.map(tracing::field::display),
            access_ms = facts.and_then(|facts| facts.access).map(ms),
            queue_ms = facts.and_then(|facts| facts.run.queue).map(ms),
            connect_ms = facts.and_then(|facts| facts.run.connect).map(ms),
            query_ms = facts.and_then(|facts| facts.run.query).map(ms),
            "request answered"
        );
    }

    fn write_at_debug(&self, bytes: u64) {
        tracing::debug!(
            target: TARGET,
            request = self.id.as_ref().map(|id| tracing::field::display(id.as_str())),
            method = %self.method,
            route = self.route,
            status = self.status,
            elapsed_ms = ms(self.elapsed),
            bytes,
            address = self.client.map(tracing::field::display),
            "request answered"
        );
    }
}

/// A response from the cache: nothing but its numbers differs from line to line.
pub(super) fn write_cached(
    id: &RequestId,
    bytes: u64,
    client: Option<IpAddr>,
    facts: Option<&Facts>,
) {
    tracing::info!(
        target: TARGET,
        request = %id.as_str(),
        method = %Method::GET,
        route = FILE_ROUTE,
        status = 200_u16,
        elapsed_ms = 0_u64,
        bytes,
        user = facts.and_then(|facts| facts.user),
        clip = facts.and_then(|facts| facts.clip),
        address = client.map(tracing::field::display),
        "request answered"
    );
}

fn ms(time: Duration) -> u64 {
    time.as_millis() as u64
}
