//! The management API, as programs use it.

mod access;
mod clips;
mod databases;
mod list;
mod openapi;
mod refusals;
mod roads;
