//! Clips: their pages and their API, one folder a concern.

pub mod chart;
pub mod clip_api;
pub mod create;
pub mod fork;
pub mod history;
pub mod links;
pub mod list;
pub mod page;
pub mod parameters;
pub mod pin;
pub mod query;
pub mod settings;
pub mod sharing;
pub mod table;
pub mod whole;
