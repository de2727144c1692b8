//! Responses with rows: what is cached, rechecked and how files are called.

mod download;
mod recheck_access;
mod response_cache;
