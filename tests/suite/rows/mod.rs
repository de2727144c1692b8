//! Responses with rows: cached ones, access that is rechecked, and file names.

mod download;
mod formats;
mod random_values;
mod recent_reads;
mod recheck_access;
mod response_cache;
