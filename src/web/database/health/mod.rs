//! The health of a database: its page and its API.

pub mod health_api;
pub mod health_page;
