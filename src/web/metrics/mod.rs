//! `/metrics`: what a server has counted, as text for Prometheus. `docs/metrics.md` describes each number.

pub mod metrics_page;
mod process;
mod registry;
