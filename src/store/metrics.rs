//! What is counted of our own database, and of the regular jobs on it.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Store;

/// From a free connection to the longest that a request waits.
const SECONDS: [f64; 9] = [0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 3.0, 9.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTask {
    task: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

/// Counters of one server's use of the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    wait_seconds: Histogram,
    check_seconds: Histogram,
    ready: Gauge,
    jobs: Family<OfTask, Counter>,
}

impl StoreMetrics {
    pub(super) fn new() -> Self {
        Self {
            wait_seconds: Histogram::new(SECONDS),
            check_seconds: Histogram::new(SECONDS),
            ready: Gauge::default(),
            jobs: Family::default(),
        }
    }

    pub(super) fn note_wait(&self, seconds: f64) {
        self.wait_seconds.observe(seconds);
    }

    pub(super) fn note_check(&self, is_ready: bool, seconds: f64) {
        self.ready.set(is_ready.into());
        self.check_seconds.observe(seconds);
    }

    /// Counts the end of a regular job.
    pub fn note_job(&self, task: &'static str, is_done: bool) {
        let outcome = if is_done { "done" } else { "failed" };
        self.jobs.get_or_create(&OfTask { task, outcome }).inc();
    }
}

impl Store {
    pub fn metrics(&self) -> &StoreMetrics {
        &self.metrics
    }

    pub fn register_metrics(&self, registry: &mut Registry) {
        let StoreMetrics {
            wait_seconds,
            check_seconds,
            ready,
            jobs,
        } = StoreMetrics::clone(&self.metrics);
        registry.register(
            "store_wait_seconds",
            "Time until a request had a connection to the store",
            wait_seconds,
        );
        registry.register(
            "store_check_seconds",
            "Time of the checks whether the store is fit: one round trip where it is",
            check_seconds,
        );
        registry.register(
            "store_ready",
            "Whether the last check found the store fit",
            ready,
        );
        registry.register("jobs", "Regular jobs that have ended", jobs);
        let pool = self.pool.status();
        let connections = Family::<InState, Gauge>::default();
        for (state, count) in [
            ("in_use", pool.size.saturating_sub(pool.available)),
            ("idle", pool.available),
        ] {
            let gauge = connections.get_or_create(&InState { state });
            gauge.set(count as i64);
        }
        registry.register("store_connections", "Connections to the store", connections);
        let (waiting, max) = (Gauge::<i64>::default(), Gauge::<i64>::default());
        waiting.set(pool.waiting as i64);
        max.set(pool.max_size as i64);
        registry.register(
            "store_waiting",
            "Requests that wait for a connection to the store",
            waiting,
        );
        registry.register(
            "store_connections_max",
            "Most connections to the store",
            max,
        );
    }
}
