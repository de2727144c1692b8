//! New clips.

pub mod new_page;
pub mod preview_new;
