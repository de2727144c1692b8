//! Every route × every kind of visitor.

mod api;
mod audited;
mod routes;
mod row;
mod stage;
mod table;
