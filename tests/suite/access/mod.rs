//! Every route × every kind of visitor.

mod routes;
mod row;
mod stage;
mod table;
