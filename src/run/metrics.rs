//! What is counted of runs, by the names of databases. The first hundred names count by themselves, all others together.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Failure;
use super::handle::stage::Outcome;
use super::handle::times::Times;

const NAMES_MAX: usize = 100;
const OTHERS: &str = "(others)";

/// From a count of departments to a report that takes the ten minutes that it may.
const SECONDS: [f64; 12] = [
    0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 600.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfDatabase {
    pub database: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    database: String,
    outcome: &'static str,
}

type Seconds = Family<OfDatabase, Histogram, fn() -> Histogram>;

/// Counters of one server's runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RunMetrics {
    ended: Family<Ended, Counter>,
    seconds: Seconds,
    queue_seconds: Seconds,
    rows: Family<OfDatabase, Counter>,
    bytes: Family<OfDatabase, Counter>,
    by_server: Family<OfServer, Counter>,
    names: Arc<Mutex<BTreeSet<String>>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfServer {
    database: String,
    server: &'static str,
}

/// How a run ended.
pub(super) struct End<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) times: Times,
    /// Of the values that arrived.
    pub(super) bytes: u64,
}

impl RunMetrics {
    pub(super) fn new() -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(SECONDS);
        Self {
            ended: Family::default(),
            seconds: Seconds::new_with_constructor(seconds),
            queue_seconds: Seconds::new_with_constructor(seconds),
            rows: Family::default(),
            bytes: Family::default(),
            by_server: Family::default(),
            names: Arc::default(),
        }
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register("runs", "Runs that have ended", self.ended.clone());
        registry.register(
            "run_seconds",
            "Time from a run's connection to its last row or its failure",
            self.seconds.clone(),
        );
        registry.register(
            "run_queue_seconds",
            "Time that runs waited for their turn",
            self.queue_seconds.clone(),
        );
        registry.register(
            "runs_by_server",
            "Runs in databases with followers that returned rows, by the kind of server",
            self.by_server.clone(),
        );
        registry.register("run_rows", "Rows that runs returned", self.rows.clone());
        registry.register(
            "run_bytes",
            "Bytes of values that runs returned",
            self.bytes.clone(),
        );
    }

    pub(super) fn note(&self, database: &str, end: &End<'_>) {
        let database = self.label(database);
        let ended = Ended {
            database: database.database.clone(),
            outcome: end.outcome.as_ref().map_or_else(Failure::code, |_| "ok"),
        };
        self.ended.get_or_create(&ended).inc();
        let observe = |seconds: &Seconds, time: Duration| {
            seconds.get_or_create(&database).observe(time.as_secs_f64());
        };
        if let Some(time) = end.times.queue {
            observe(&self.queue_seconds, time);
        }
        if let Some(time) = end.times.query {
            observe(&self.seconds, time);
        }
        if let Ok((_, summary)) = end.outcome {
            self.rows.get_or_create(&database).inc_by(summary.rows);
            self.bytes.get_or_create(&database).inc_by(end.bytes);
            if let Some(from) = &summary.read_from {
                let server = match from.follower {
                    Some(_) => "follower",
                    None => "primary",
                };
                let database = database.database;
                let of_server = OfServer { database, server };
                self.by_server.get_or_create(&of_server).inc();
            }
        }
    }

    /// The label of a database.
    pub(super) fn label(&self, name: &str) -> OfDatabase {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if !names.contains(name) && names.len() < NAMES_MAX {
            names.insert(name.to_owned());
        }
        let name = names.get(name).map_or(OTHERS, |name| name);
        OfDatabase {
            database: name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hundred_databases_count_by_themselves() {
        let metrics = RunMetrics::new();
        for number in 0..NAMES_MAX {
            let name = format!("shop_{number}");
            assert_eq!(metrics.label(&name).database, name);
        }
        assert_eq!(metrics.label("one more").database, OTHERS);
        assert_eq!(metrics.label("shop_7").database, "shop_7");
    }
}
