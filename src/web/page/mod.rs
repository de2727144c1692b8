//! What all pages and error responses are made with.

pub mod error_response;
pub mod landing;
pub mod query_error;
pub mod time_tag;
