//! Dataclips turns a SQL query into a link.
//!
//! A request walks one road: route → access → model → run → result → encode → response. `docs/architecture.md`
//! describes the rooms and what each of them must not know.

pub mod encode;
pub mod result;
pub mod run;
