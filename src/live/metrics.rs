//! What is counted of results, and of caches.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::model::Swept;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Recorded {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SweptPart {
    part: &'static str,
}

/// Counters of the results of one server's runs. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct LiveMetrics {
    recorded: Family<Recorded, Counter>,
    swept: Family<SweptPart, Counter>,
    pub(super) rows_cache: Lookups,
}

/// How often a cache had what was looked up in it.
#[derive(Clone, Debug, Default)]
pub struct Lookups {
    pub hits: Counter,
    pub misses: Counter,
}

impl LiveMetrics {
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "results",
            "What runs led to: a new result, or a check of the newest one, whose data is the same",
            self.recorded.clone(),
        );
        registry.register(
            "results_swept",
            "What was deleted beyond the limits: the rows of a result, or a result",
            self.swept.clone(),
        );
    }

    /// The lookups of rows in memory.
    pub fn rows_cache(&self) -> &Lookups {
        &self.rows_cache
    }

    pub(super) fn note_new(&self) {
        self.note("new");
    }

    pub(super) fn note_unchanged(&self) {
        self.note("unchanged");
    }

    pub(super) fn note_failed(&self) {
        self.note("failed");
    }

    pub(super) fn note_swept(&self, swept: Swept) {
        for (part, count) in [("rows", swept.emptied), ("result", swept.deleted)] {
            self.swept.get_or_create(&SweptPart { part }).inc_by(count);
        }
    }

    fn note(&self, outcome: &'static str) {
        self.recorded.get_or_create(&Recorded { outcome }).inc();
    }
}

impl Lookups {
    pub fn note(&self, is_hit: bool) {
        match is_hit {
            true => self.hits.inc(),
            false => self.misses.inc(),
        };
    }
}
