//! The program itself: its commands and their output.

mod backup;
mod embedded;
pub mod program;
mod serve;
mod settings;
mod stopping;
mod tasks;
