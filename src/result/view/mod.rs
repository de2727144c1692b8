//! Parts of a result: windows of it, sorted and filtered, and scans of all its rows.

mod filter;
mod fold;
pub mod order;
mod scan;
pub mod selection;
pub mod sort;
pub mod window;
