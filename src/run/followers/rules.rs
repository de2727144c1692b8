//! Which server of a database a run may use.

use std::time::Duration;

/// What holds for all followers of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerRules {
    /// How far behind the primary a follower may be: in bytes of its write-ahead log, and in time.
    pub lag_bytes_max: u64,
    /// In whole seconds.
    pub lag_max: Duration,
    pub without_follower: WithoutFollower,
}

/// Where runs go while no follower is healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutFollower {
    Primary,
    Nowhere,
}

/// On which servers of its database a clip runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsOn {
    /// A healthy follower; without one, as the database says.
    Any,
    /// Never a follower.
    Primary,
    /// Never the primary.
    Follower,
}

impl FollowerRules {
    /// 16 MiB is one segment of the write-ahead log.
    pub const DEFAULT: Self = Self {
        lag_bytes_max: 16 << 20,
        lag_max: Duration::from_secs(30),
        without_follower: WithoutFollower::Primary,
    };
}

impl WithoutFollower {
    pub const ALL: [Self; 2] = [Self::Primary, Self::Nowhere];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Nowhere => "nowhere",
        }
    }
}

impl RunsOn {
    pub const ALL: [Self; 3] = [Self::Any, Self::Primary, Self::Follower];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Primary => "primary",
            Self::Follower => "follower",
        }
    }
}
