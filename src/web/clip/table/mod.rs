//! Rows as a table: pages of rows, windows for the page's script, whole columns for charts.

mod cell;
pub mod columns;
pub mod hyperlink;
pub mod rows_table;
pub mod table_view;
mod totals;
pub mod window;
pub mod window_form;
