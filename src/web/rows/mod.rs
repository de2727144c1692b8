//! Responses with a clip's rows: which rows an address requests, in which format, and what may be reused.

pub mod body_cache;
pub mod cache_generation;
pub mod download;
pub mod headers;
pub mod in_flight;
pub mod last_fetched;
pub mod open_clip;
pub mod parameter_values;
pub mod query;
pub mod read_cache;
pub mod recent_reads;
pub mod recheck_access;
pub mod response;
pub mod response_cache;
pub mod source;
pub mod values_body;
pub mod visible_rows;

pub use body_cache::BodyCache;
pub use cache_generation::Generation;
pub use last_fetched::LastFetched;
pub use read_cache::ReadCache;
pub use recent_reads::RecentReads;
