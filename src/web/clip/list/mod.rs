//! `/`: the list of clips, and what was removed from it.

pub mod list_page;
pub mod recent;
pub mod recent_views;
pub mod removed;
