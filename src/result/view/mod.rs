//! Parts of a result: windows of it, sorted and filtered, totals, and scans of all its rows.

mod decimal;
mod filter;
mod fold;
pub mod order;
mod scan;
pub mod selection;
pub mod sort;
pub mod totals;
pub mod window;
