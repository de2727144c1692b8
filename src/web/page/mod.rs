//! What all pages and error responses are built from.

pub mod code;
pub mod error_page;
pub mod error_response;
pub mod in_words;
pub mod landing;
pub mod markdown;
pub mod query_error;
mod render;
pub mod sign_in_ways;
pub mod time_tag;

pub use render::render;
