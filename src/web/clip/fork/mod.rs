//! Copying a version of a clip into a new clip of the user's own.

pub mod fork_api;
pub mod fork_clip;
pub mod fork_page;
