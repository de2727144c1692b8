//! New clips.

pub mod create_clip;
pub mod new_page;
pub mod preview_new;
pub mod preview_page;
