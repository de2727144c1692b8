//! The text of a query: checking, previewing and comparing it.

pub mod change_query;
pub mod diff;
pub mod edit_conflict;
pub mod preview;
pub mod preview_api;
pub mod sql_text;
