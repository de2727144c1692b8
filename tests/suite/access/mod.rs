//! Every route × every kind of visitor.

mod api;
mod routes;
mod row;
mod stage;
mod table;
