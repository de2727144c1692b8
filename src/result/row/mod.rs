//! Rows and cells, as readers see them.

pub mod batch;
pub mod cell;
pub mod long_cell;
pub mod long_row;
#[expect(clippy::module_inception, reason = "the file of the noun itself")]
pub mod row;
