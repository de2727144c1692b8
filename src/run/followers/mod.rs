//! Followers: read replicas of a database, to which its runs may go. Which of them are healthy is watched while they are used.
//!
//! A result must not be older than the newest one of its version. So a run in a database with followers notes how much of the
//! write-ahead log its snapshot may show, and a follower is used only if it had replayed what the newest result shows.

mod choice;
mod inspection;
mod newest;
mod rules;
pub(in crate::run) mod standing;
mod state;
mod watch;
mod watched;
mod watches;

use std::sync::Arc;

use jiff::Timestamp;

use crate::postgres::ConnectionUrl;
pub(in crate::run) use choice::{Followed, Place};
pub use inspection::NotAFollower;
pub(in crate::run) use inspection::inspect;
pub use newest::Newest;
pub use rules::{FollowerRules, RunsOn, WithoutFollower};
pub use state::{Behind, FollowerStanding, FollowerState};
pub(in crate::run) use watches::Watches;

/// The followers of a database, and which of its servers a run may use.
#[derive(Clone, Debug)]
pub struct Following {
    pub followers: Vec<FollowerTarget>,
    pub rules: FollowerRules,
    pub runs_on: RunsOn,
    /// Results from before this moment may be of another database.
    pub changed_at: Timestamp,
}

/// A server to which runs of a database may go.
#[derive(Clone, Debug)]
pub struct FollowerTarget {
    pub id: i64,
    pub name: String,
    pub url: Arc<ConnectionUrl>,
}

impl PartialEq for FollowerTarget {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.name == other.name && self.url.expose() == other.url.expose()
    }
}

impl Following {
    /// Whether the primary may be used instead of a follower.
    fn may_use_primary(&self) -> bool {
        match (self.runs_on, self.rules.without_follower) {
            (RunsOn::Primary, _) | (RunsOn::Any, WithoutFollower::Primary) => true,
            (RunsOn::Any, WithoutFollower::Nowhere) => self.followers.is_empty(),
            (RunsOn::Follower, _) => false,
        }
    }
}
