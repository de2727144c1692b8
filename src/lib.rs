//! Dataclips turns a SQL query into a link.
//!
//! A request takes one path: route → access → model → live → run → result → encode → response. `docs/architecture.md`
//! describes the rooms and what each of them must not know.

#![forbid(unsafe_code)]
// Stricter than `[lints]` in Cargo.toml, which covers the helpers of tests and benchmarks too. `expect` needs a reason why
// it cannot fail; only `cli` writes to standard output.
#![deny(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

pub mod access;
pub mod cli;
pub mod config;
pub mod embedded;
pub mod encode;
pub mod error;
#[cfg(any(test, fuzzing))]
#[path = "../tests/fuzz/holds.rs"]
pub mod fuzz;
pub mod live;
pub mod mail;
pub mod model;
pub mod postgres;
pub mod result;
pub mod run;
pub mod servers;
pub mod store;
pub mod web;
