//! What a transaction on the store tells all servers, as JSON on one channel.

use serde::{Deserialize, Serialize};

use crate::run::parameters::SetKey;

/// Where the store tells it: see the triggers in `migrations/V11__servers.sql`.
pub const CHANNEL: &str = "dataclips";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A clip, a permission, a person or a database is no longer what it was.
    Changed,
    /// A version has a new result.
    Result {
        clip: i64,
        version: i32,
        values: SetKey,
        number: u32,
    },
    /// The rows of a result were deleted.
    Released {
        clip: i64,
        version: i32,
        values: SetKey,
        id: i64,
    },
    /// A server has started or stopped.
    Servers,
}
