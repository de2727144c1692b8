//! What runs now, and Cancel: a page and an API for administrators.

pub mod running_api;
pub mod running_page;
