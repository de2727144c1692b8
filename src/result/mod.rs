//! The rows that one run returned: columns and text rows, held in compressed pages within the server's memory limit.
//!
//! Knows nothing of HTTP or SQL. The run appends with a [`Writer`] while any number of readers follow with [`Rows`].

mod batch;
mod blocks;
mod checksum;
mod column;
mod cut;
mod filter;
mod fold;
mod long_row;
mod memory;
mod open_page;
mod order;
mod page;
mod pages;
mod row;
mod rows;
mod scan;
mod sort;
mod spool;
mod summary;
mod window;
mod writer;

pub use batch::Batch;
pub use checksum::Checksum;
pub use column::{Column, is_plan, unique_names};
pub use cut::Cut;
pub use memory::Memory;
pub use row::{Cell, Row};
pub use rows::{Interrupted, KeptPage, Restoring, Rows};
pub use sort::{Direction, Sort};
pub use spool::Spool;
pub use summary::Summary;
pub use window::{View, Window};
pub use writer::{AppendError, Writer};
