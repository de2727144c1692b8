//! The memory and the files that results and responses take.

mod blocks;
pub mod memory;
pub mod spool;
