//! Databases: their pages and their API.

pub mod connection;
pub mod database_api;
pub mod database_form;
pub mod database_page;
pub mod done;
pub mod followers;
pub mod health;
pub mod health_badge;
pub mod list_page;
pub mod moving;
pub mod new_page;
pub mod opening;
pub mod queryable;
pub mod refusal;
pub mod removal;
pub mod schema_api;
pub mod schema_page;
pub mod schema_search;
