//! Connections to one database: opened, queued for, lent, reset.

pub mod connection;
pub mod database;
pub mod lease;
pub mod queue;
pub mod reset;
pub mod session;
