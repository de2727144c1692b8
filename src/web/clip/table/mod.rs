//! Rows as a table: a page of them, windows for its script, whole columns for charts.

pub mod columns;
pub mod hyperlink;
pub mod rows_table;
pub mod table_view;
pub mod window;
pub mod window_form;
