//! The server through its router, and its rooms, with real requests against a real PostgreSQL.

mod access;
mod accounts;
mod adding;
mod api;
mod browser;
mod charts;
mod commands;
mod database;
mod formats;
mod hostile;
mod http;
mod limits;
mod links;
mod outages;
mod pages;
mod people;
mod progress;
mod results;
mod road;
mod schema;
mod sharing;
mod sorting;
mod store;
mod support;
