//! What holds for the followers of a database, as the API has it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::Database;
use crate::run::{FollowerRules, WithoutFollower};

/// What holds for all followers of a database.
#[derive(Serialize, ToSchema)]
#[schema(as = FollowerRules)]
pub struct FollowerRulesBody {
    /// Bytes that a follower may be behind.
    pub follower_lag_bytes_max: u64,
    /// Seconds that a follower may be behind.
    pub follower_lag_max: u64,
    pub without_follower: WithoutFollowerBody,
}

/// Where runs go while no follower is healthy. `nowhere`: they fail with 503.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WithoutFollower)]
pub enum WithoutFollowerBody {
    Primary,
    Nowhere,
}

impl FollowerRulesBody {
    /// `None` if the database has no followers, and its rules are those of every new one.
    pub fn of(database: &Database) -> Option<Self> {
        let rules = &database.follower_rules;
        let matters = !database.followers.is_empty() || *rules != FollowerRules::DEFAULT;
        matters.then(|| Self::new(rules))
    }

    pub fn new(rules: &FollowerRules) -> Self {
        Self {
            follower_lag_bytes_max: rules.lag_bytes_max,
            follower_lag_max: rules.lag_max.as_secs(),
            without_follower: match rules.without_follower {
                WithoutFollower::Primary => WithoutFollowerBody::Primary,
                WithoutFollower::Nowhere => WithoutFollowerBody::Nowhere,
            },
        }
    }
}

impl WithoutFollowerBody {
    pub fn parse(self) -> WithoutFollower {
        match self {
            Self::Primary => WithoutFollower::Primary,
            Self::Nowhere => WithoutFollower::Nowhere,
        }
    }
}
