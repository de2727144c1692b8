//! People: their pages and their API. For administrators.

pub mod deletion;
pub mod deletion_page;
pub mod done;
pub mod new_links;
pub mod people_api;
pub mod people_page;
pub mod person_page;
pub mod role;
