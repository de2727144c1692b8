//! All numbers of one server: the counters of each room, and what is measured when they are read.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::process;
use crate::result::Memory;
use crate::run::{OfDatabase, Runner};
use crate::store::Store;
use crate::web::app::App;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
    schema: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCache {
    cache: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFollower {
    database: String,
    follower: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    database: String,
    state: &'static str,
}

pub fn of(app: &App) -> Registry {
    let mut registry = Registry::default();
    process::register(&mut registry);
    let ours = registry.sub_registry_with_prefix("dataclips");
    build(ours);
    app.request_log.metrics.register(ours);
    app.runner.metrics().register(ours);
    pools(&app.runner, ours);
    followers(&app.runner, ours);
    app.live.metrics().register(ours);
    caches(app, ours);
    memory(&app.memory, ours);
    app.store.register_metrics(ours);
    registry
}

fn build(registry: &mut Registry) {
    let build = Family::<Build, Gauge>::default();
    let labels = Build {
        version: env!("CARGO_PKG_VERSION"),
        schema: Store::schema_version(),
    };
    build.get_or_create(&labels).set(1);
    registry.register(
        "build_info",
        "The program and the schema that it knows",
        build,
    );
}

fn pools(runner: &Runner, registry: &mut Registry) {
    let waiting = Family::<OfDatabase, Gauge>::default();
    let connections = Family::<Connections, Gauge>::default();
    let max = Family::<OfDatabase, Gauge>::default();
    let refused = Family::<OfDatabase, Counter>::default();
    for (database, pool) in runner.pools() {
        waiting.get_or_create(&database).set(pool.waiting as i64);
        max.get_or_create(&database).set(pool.max as i64);
        refused.get_or_create(&database).inc_by(pool.refusals);
        for (state, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
            let database = database.database.clone();
            let connections = connections.get_or_create(&Connections { database, state });
            connections.set(count as i64);
        }
    }
    registry.register("run_queue_length", "Runs that wait for their turn", waiting);
    registry.register(
        "database_connections",
        "Connections for runs of each database",
        connections,
    );
    registry.register(
        "database_connections_max",
        "This server's share of the connections for runs",
        max,
    );
    registry.register(
        "database_connections_refused",
        "How often a database allowed no more connections",
        refused,
    );
}

fn followers(runner: &Runner, registry: &mut Registry) {
    let lag = Family::<OfFollower, Gauge>::default();
    for (OfDatabase { database }, standing) in runner.followers_in_use() {
        if let Some(behind) = standing.behind {
            let follower = standing.name;
            let lag = lag.get_or_create(&OfFollower { database, follower });
            lag.set(i64::try_from(behind.bytes).unwrap_or(i64::MAX));
        }
    }
    registry.register(
        "follower_lag_bytes",
        "Bytes of the primary's write-ahead log that a follower in use has not replayed",
        lag,
    );
}

fn caches(app: &App, registry: &mut Registry) {
    let hits = Family::<OfCache, Counter>::default();
    let misses = Family::<OfCache, Counter>::default();
    for (cache, lookups) in app.caches() {
        let cache = OfCache { cache };
        hits.get_or_create(&cache).inc_by(lookups.hits.get());
        misses.get_or_create(&cache).inc_by(lookups.misses.get());
    }
    registry.register("cache_hits", "Lookups that a cache could answer", hits);
    registry.register("cache_misses", "Lookups that it could not", misses);
}

fn memory(memory: &Memory, registry: &mut Registry) {
    let (held, max) = (Gauge::<i64>::default(), Gauge::<i64>::default());
    held.set(memory.bytes_held() as i64);
    max.set(memory.bytes_max() as i64);
    registry.register(
        "memory_held_bytes",
        "Bytes of results and responses in memory",
        held,
    );
    registry.register(
        "memory_max_bytes",
        "The most that they may be: DATACLIPS_MEMORY_MAX",
        max,
    );
}
