//! One SQL text on one database: read-only, bounded, cancellable. Knows nothing of HTTP or of our own store.

mod advice;
pub mod connect;
pub mod failure;
pub mod near_names;
pub mod outage;
pub mod own_store;
pub mod position;
pub mod role;
pub mod sql_error;
pub mod tls;
pub mod url;

pub use failure::Failure;
