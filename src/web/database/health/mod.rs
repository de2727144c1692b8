//! The health of a database: its page, its API, and the daily look.

pub mod daily_look;
mod growth;
pub mod health_api;
pub mod health_page;
pub mod look_form;
