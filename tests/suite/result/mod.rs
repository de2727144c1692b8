//! Rows in memory: their order and their share of the memory.

mod many_large;
mod memory;
mod order;
