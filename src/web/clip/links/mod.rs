//! Links that open the rows of one clip.

pub mod links_api;
pub mod links_section;
