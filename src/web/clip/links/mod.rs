//! Links that open the rows of one clip.

pub mod create_link;
pub mod links_api;
pub mod links_section;
