//! How a run can fail, and the sentences that explain it.

pub mod advice;
mod cause;
pub mod failure;
pub mod near_names;
pub mod outage;
pub mod parameter_error;
mod permission;
pub mod position;
pub mod server_error;
pub(super) mod size;
pub(super) mod span;
pub mod sql_error;
pub mod time_limit;
