//! The list of clips, as a page and over the API.

mod finding;
mod first_steps;
mod list_api;
mod list_page;
mod list_reason;
mod recent;
mod sorting;
mod stars;
