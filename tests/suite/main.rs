//! The server through its router, and its rooms, with real requests against a real PostgreSQL.

mod access;
mod account;
mod auth;
mod browser;
mod cli;
mod clip;
mod database;
mod encode;
mod house;
mod http;
mod live;
mod page;
mod people;
mod result;
mod rows;
mod run;
mod server_settings;
mod store;
mod support;
