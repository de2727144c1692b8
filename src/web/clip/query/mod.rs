//! The text of a query: checked, tried out, compared.

pub mod change_query;
pub mod diff;
pub mod edit_conflict;
pub mod preview;
pub mod preview_api;
pub mod sql_text;
