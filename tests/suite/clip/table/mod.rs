//! The table of rows, and parts of a stored result for the browser.

mod columns;
mod rows_table;
mod window;
