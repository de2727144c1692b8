//! Connections to one database: opening them, queueing for them, lending and resetting them.

pub mod connection;
pub mod database;
pub mod lease;
pub mod queue;
pub mod reset;
pub mod session;
