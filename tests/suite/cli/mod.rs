//! The program itself: its commands and what they say.

mod backup;
mod embedded;
pub mod program;
mod serve;
mod settings;
mod tasks;
