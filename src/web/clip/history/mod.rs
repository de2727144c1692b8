//! The history of a clip: versions and their diff, results, and activity.

pub mod activity;
pub mod activity_api;
pub mod activity_page;
pub mod diff_page;
pub mod results_api;
pub mod results_page;
pub mod versions_api;
pub mod versions_page;
