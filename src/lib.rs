//! Dataclips turns a SQL query into a link.
//!
//! A request walks one road: route → access → model → live → run → result → encode → response. `docs/architecture.md`
//! describes the rooms and what each of them must not know.

pub mod access;
pub mod cli;
pub mod config;
pub mod embedded;
pub mod encode;
pub mod error;
pub mod live;
pub mod mail;
pub mod model;
pub mod postgres;
pub mod result;
pub mod run;
pub mod store;
pub mod web;
