//! Connections to one database: opening them, queueing for them, lending, resetting and ending them.

mod check;
pub mod connection;
mod connections;
pub mod database;
pub mod databases;
mod ending;
pub mod lease;
mod parameter_types;
pub mod pooler;
mod process;
pub mod queue;
pub mod room;
mod run_connection;
pub mod run_session;
pub mod side;
mod side_session;
mod slots;
mod taking;
