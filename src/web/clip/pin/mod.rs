//! Holding a clip at one result.

pub mod pin_api;
pub mod pin_clip;
pub mod pin_page;
