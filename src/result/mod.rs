//! The rows that one run returned: columns and text rows, held in compressed pages within the server's memory limit.
//!
//! Knows nothing of HTTP or SQL. The run appends with a [`Writer`] while any number of readers follow with [`Rows`].

mod checksum;
mod column;
mod cut;
mod page;
mod read_from;
mod row;
mod rows;
mod space;
mod summary;
mod view;
mod writer;

pub use checksum::Checksum;
pub use column::{Column, is_plan, unique_names};
pub use cut::Cut;
pub use page::shared_pages::KeptPage;
pub use read_from::{Position, ReadFrom};
pub use row::batch::Batch;
pub use row::cell::Cell;
pub use row::long_cell::LongCell;
pub use row::row::Row;
pub use rows::{Interrupted, Restoring, Rows};
pub use space::memory::Memory;
pub use space::spool::Spool;
pub use summary::Summary;
pub use view::order::is_sorted_as_text;
pub use view::selection::Selection;
pub use view::sort::{Direction, Sort};
pub use view::totals::{Average, Totals};
pub use view::window::{View, Window};
pub use writer::{AppendError, Writer};
