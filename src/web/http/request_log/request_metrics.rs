//! What is counted of requests, by the pattern of their route: paths contain slugs.

use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::live::Lookups;

/// A clip's rows as a file.
pub const FILE_ROUTE: &str = "/{segment}.{format}";

const SECONDS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

/// Counters of one server's requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestMetrics {
    answered: Family<Answered, Counter>,
    seconds: Family<OfRoute, Histogram, fn() -> Histogram>,
    bytes: Counter,
    /// Requests that the response cache answers, which are too quick to be timed, and too many to look up their counter.
    cached: Counter,
    response_cache: Lookups,
}

impl RequestMetrics {
    pub fn new() -> Self {
        let answered = Family::<Answered, Counter>::default();
        let cached = answered.get_or_create_owned(&Answered {
            method: "GET",
            route: FILE_ROUTE.to_owned(),
            status: 200,
        });
        Self {
            answered,
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            bytes: Counter::default(),
            cached,
            response_cache: Lookups::default(),
        }
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests that were answered",
            self.answered.clone(),
        );
        registry.register(
            "http_request_seconds",
            "Time until the response began, without responses from the response cache",
            self.seconds.clone(),
        );
        registry.register(
            "http_response_bytes",
            "Bytes of the bodies that were handed to clients",
            self.bytes.clone(),
        );
    }

    pub fn response_cache(&self) -> &Lookups {
        &self.response_cache
    }

    pub(super) fn note(&self, method: &Method, route: &str, status: u16, elapsed: Duration) {
        let of_route = OfRoute {
            route: route.to_owned(),
        };
        self.seconds
            .get_or_create(&of_route)
            .observe(elapsed.as_secs_f64());
        let answered = Answered {
            method: label(method),
            route: of_route.route,
            status,
        };
        self.answered.get_or_create(&answered).inc();
    }

    pub(super) fn note_cached(&self) {
        self.cached.inc();
        self.response_cache.note(true);
    }

    pub(super) fn note_bytes(&self, bytes: u64) {
        self.bytes.inc_by(bytes);
    }
}

/// Clients may invent methods.
fn label(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    const LABELS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let place = KNOWN.iter().position(|known| known == method);
    place.map_or("other", |place| LABELS[place])
}
