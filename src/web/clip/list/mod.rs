//! `/`: the list of clips, the recently opened ones, and the removed ones.

pub mod first_steps;
pub mod list_page;
mod list_query;
pub mod recent;
pub mod recent_views;
pub mod removed;
pub mod star_form;
