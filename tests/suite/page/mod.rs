//! Errors, as pages, as JSON and as text.

mod errors;
mod refusals;
mod statuses;
