//! Every route × every kind of visitor.

mod routes;
mod stage;
mod table;
