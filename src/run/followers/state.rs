//! How a follower is, as far as is known, in words for administrators.

use std::time::Duration;

use super::rules::FollowerRules;
use crate::result::Position;
use crate::run::error::size::Size;
use crate::run::error::span::Span;
use crate::run::role::quote_identifier;

/// A follower, judged by the rules of its database.
#[derive(Clone, Debug)]
pub struct FollowerStanding {
    pub id: i64,
    pub name: String,
    /// The role in its URL, which is the database's own, too.
    pub role: String,
    pub state: FollowerState,
    /// Where both servers answer.
    pub behind: Option<Behind>,
    /// Up to where it has replayed the write-ahead log.
    pub position: Option<Position>,
    /// Somebody has stopped it from replaying.
    pub is_paused: bool,
}

/// How far a follower is behind its primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    pub bytes: u64,
    /// `None` for one that has replayed no commit since it was started.
    pub time: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowerState {
    /// Runs may go there.
    Healthy,
    Lagging,
    /// It accepts changes, so it follows nobody any more.
    Promoted,
    /// It follows another cluster than the database's.
    Astray,
    /// It follows another server than the primary: the one before a failover, or the one after.
    OtherTimeline {
        own: i32,
        primarys: i32,
        /// Whether its own may be higher already: the role cannot see which one it receives.
        may_be_higher: bool,
    },
    /// The database's URL has been given another role since the follower was added.
    OtherRole {
        own: String,
        primarys: String,
    },
    Silent {
        since: Duration,
    },
    Unreachable {
        detail: String,
    },
    /// The role may not ask for its position.
    Denied,
    /// It answers, but its primary does not, so how far it is behind is not known.
    PrimaryUnknown,
    NotAsked,
}

/// What lets a role ask for positions, where that was taken away from it.
const GRANT: &str = "grant execute on function pg_catalog.pg_is_in_recovery(), pg_catalog.pg_last_wal_replay_lsn(), pg_catalog.pg_last_xact_replay_timestamp(), pg_catalog.pg_is_wal_replay_paused(), pg_catalog.pg_current_wal_lsn(), pg_catalog.pg_current_wal_insert_lsn()";
/// What lets a role see which timeline a follower receives.
const GRANT_TIMELINE: &str = "grant pg_read_all_stats";

impl FollowerStanding {
    pub fn is_healthy(&self) -> bool {
        self.state == FollowerState::Healthy
    }

    /// “It is 34 MiB and 2 min behind, more than the 16 MiB that it may be.”
    pub fn sentence(&self, rules: &FollowerRules) -> String {
        match &self.state {
            FollowerState::Healthy => match self.behind {
                Some(behind) if behind.bytes > 0 => format!("Healthy, {behind}."),
                Some(_) | None => "Healthy, not behind.".to_owned(),
            },
            FollowerState::Lagging => self.lag(rules),
            FollowerState::Promoted => {
                "It was promoted: it accepts changes, and no longer follows the primary. If it is the new primary, give the database its URL, and remove this follower."
                    .to_owned()
            }
            FollowerState::Astray => {
                "It follows another cluster than this database's. Remove it, and add a follower of this one."
                    .to_owned()
            }
            FollowerState::OtherTimeline {
                own,
                primarys,
                may_be_higher,
            } => other_timeline(*own, *primarys, *may_be_higher),
            FollowerState::OtherRole { own, primarys } => format!(
                "Its URL has the role {own}, but the database's has {primarys}. A clip's rows must not depend on the server: remove it, and add it with the same role."
            ),
            FollowerState::Silent { since } => {
                let since = Duration::from_secs(since.as_secs().max(1));
                format!("It has not answered for {}.", Span(since))
            }
            FollowerState::Unreachable { detail } => format!("It cannot be reached: {detail}"),
            FollowerState::Denied => {
                "The role may not ask how far behind it is. On the primary, run the GRANT."
                    .to_owned()
            }
            FollowerState::PrimaryUnknown => {
                "It answers, but the primary does not say what it has written, so nobody knows how far behind the follower is."
                    .to_owned()
            }
            FollowerState::NotAsked => "Not asked yet.".to_owned(),
        }
    }

    fn lag(&self, rules: &FollowerRules) -> String {
        let Some(behind) = self.behind else {
            return "It does not say how much it has replayed.".to_owned();
        };
        let limit = match (behind.bytes > rules.lag_bytes_max, behind.time) {
            (true, _) => Size(rules.lag_bytes_max).to_string(),
            (false, Some(_)) => Span(rules.lag_max).to_string(),
            (false, None) => {
                return format!(
                    "It is {behind}. For how long is not known: it has replayed no commit since it was started."
                );
            }
        };
        let paused = match self.is_paused {
            true => " Its replay is paused.",
            false => "",
        };
        format!("It is {behind}, more than the {limit} that it may be.{paused}")
    }

    /// SQL to run on the primary, where that helps.
    pub fn sql(&self) -> Option<String> {
        let grant = match self.state {
            FollowerState::Denied => GRANT,
            FollowerState::OtherTimeline {
                own,
                primarys,
                may_be_higher: true,
            } if own < primarys => GRANT_TIMELINE,
            FollowerState::OtherTimeline { .. }
            | FollowerState::OtherRole { .. }
            | FollowerState::Healthy
            | FollowerState::Lagging
            | FollowerState::Promoted
            | FollowerState::Astray
            | FollowerState::Silent { .. }
            | FollowerState::Unreachable { .. }
            | FollowerState::PrimaryUnknown
            | FollowerState::NotAsked => return None,
        };
        Some(format!("{grant} to {};", quote_identifier(&self.role)))
    }
}

fn other_timeline(own: i32, primarys: i32, may_be_higher: bool) -> String {
    if own > primarys {
        return format!(
            "It is on timeline {own}, the primary on timeline {primarys}: the follower follows a newer primary. Give the database the URL of that one, or let the follower follow this one again."
        );
    }
    let hint = match may_be_higher {
        true => {
            " If it follows the new one already, the role sees that only after the follower's next restartpoint, or at once with the GRANT."
        }
        false => "",
    };
    format!(
        "It is on timeline {own}, the primary on timeline {primarys}: the follower still follows the server that was the primary before. Let it follow the new one (primary_conninfo, and recovery_target_timeline = 'latest'), or remove it.{hint}"
    )
}

impl FollowerState {
    /// For programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Lagging => "lagging",
            Self::Promoted => "promoted",
            Self::Astray => "astray",
            Self::OtherTimeline { .. } => "other_timeline",
            Self::OtherRole { .. } => "other_role",
            Self::Silent { .. } => "silent",
            Self::Unreachable { .. } => "unreachable",
            Self::Denied => "denied",
            Self::PrimaryUnknown => "unknown",
            Self::NotAsked => "unknown",
        }
    }
}

impl std::fmt::Display for Behind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.time {
            Some(time) if time >= Duration::from_secs(1) => {
                let time = Span(Duration::from_secs(time.as_secs()));
                write!(formatter, "{} and {time} behind", Size(self.bytes))
            }
            Some(_) | None => write!(formatter, "{} behind", Size(self.bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lagging_follower_says_which_limit_it_exceeds() {
        let say = |bytes, time: Option<u64>| {
            let time = time.map(Duration::from_secs);
            let standing = FollowerStanding {
                id: 1,
                name: "replica".to_owned(),
                role: "reader".to_owned(),
                state: FollowerState::Lagging,
                behind: Some(Behind { bytes, time }),
                position: None,
                is_paused: false,
            };
            standing.sentence(&FollowerRules::DEFAULT)
        };
        assert_eq!(
            say(3 << 30, Some(7_200)),
            "It is 3.0 GiB and 120 minutes behind, more than the 16.0 MiB that it may be."
        );
        assert_eq!(
            say(5, Some(90)),
            "It is 5 bytes and 90 seconds behind, more than the 30 seconds that it may be."
        );
        assert_eq!(
            say(5, None),
            "It is 5 bytes behind. For how long is not known: it has replayed no commit since it was started."
        );
    }

    #[test]
    fn a_grant_is_complete_and_offered_only_where_it_helps() {
        let sql = |own, primarys, may_be_higher| {
            let standing = FollowerStanding {
                id: 1,
                name: "replica".to_owned(),
                role: "the \"reader\"".to_owned(),
                state: FollowerState::OtherTimeline {
                    own,
                    primarys,
                    may_be_higher,
                },
                behind: None,
                position: None,
                is_paused: false,
            };
            standing.sql()
        };
        assert_eq!(
            sql(1, 2, true).as_deref(),
            Some(r#"grant pg_read_all_stats to "the ""reader""";"#)
        );
        assert_eq!(sql(1, 2, false), None);
        assert_eq!(sql(3, 2, true), None);
    }
}
