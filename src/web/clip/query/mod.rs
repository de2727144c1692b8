//! The text of a query: checking, previewing and comparing it.

pub mod change_query;
pub mod diff;
pub mod edit_conflict;
pub mod held_previews;
pub mod preview;
pub mod preview_api;
pub mod preview_rows;
pub mod previews_elsewhere;
pub mod sql_text;
