//! The program itself: its commands and their output, and several of it on one store.

mod backup;
mod embedded;
mod few_files;
pub mod program;
mod scaling;
mod serve;
mod settings;
mod soak;
mod stopping;
mod tasks;
