//! What administrators set for the whole server: its page and its API.

pub mod settings_api;
pub mod settings_page;
