//! How servers identify a run to each other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ServerId;
use super::tag::Tag;
use crate::model::Subject;

/// What is executed once at a time: a version with one set of values, on one database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunKey {
    #[serde(flatten)]
    pub subject: Subject,
    /// Of the database and its URL.
    pub target: Tag,
}

/// The right and the duty to execute a run, as long as it is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub id: i64,
    pub server: ServerId,
    /// When the run was first requested.
    pub asked_at: Timestamp,
}
