//! Editing a query: previews and conflicts.

mod edit_conflict;
mod preview;
