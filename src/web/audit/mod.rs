//! Who did what, and when: a page, an API and a file for administrators.

pub mod audit_api;
pub mod audit_page;
mod audit_query;
mod entry_body;
pub mod export;
