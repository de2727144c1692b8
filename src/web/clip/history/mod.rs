//! The history of a clip: one page of everything, the diff of two versions, and lists for the API.

pub mod activity;
pub mod activity_api;
pub mod diff_page;
pub mod history_page;
pub mod result_entry;
pub mod results_api;
pub mod versions;
pub mod versions_api;
