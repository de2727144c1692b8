//! The newest result of a version, as far as it decides which servers may run it next.

use jiff::Timestamp;

use super::watch::{PrimaryAt, Watch};
use crate::result::Position;

#[derive(Clone, Copy, Debug)]
pub enum Newest {
    /// There is none, or it is of another database: any server's data is newer.
    Nothing,
    /// The result may show all that is in the write-ahead log up to the position, if that is known.
    Result {
        position: Option<Position>,
        checked_at: Timestamp,
    },
    /// The store does not say: no follower is known to be as new.
    Unknown,
}

impl Newest {
    /// Whether a follower that has replayed the log up to here has everything that the newest result shows.
    pub(super) fn is_within(&self, replayed: Position, watch: &Watch) -> bool {
        match *self {
            Self::Nothing => true,
            Self::Result {
                position: Some(position),
                checked_at,
            } => position <= replayed || is_lost(position, checked_at, watch.primary_at()),
            // From before there were followers.
            Self::Result {
                position: None,
                checked_at,
            } => {
                let complete_since = watch.complete_since(replayed);
                complete_since.is_some_and(|since| since >= checked_at)
            }
            Self::Unknown => false,
        }
    }
}

/// Whether the primary has never had this position: another server has taken its place, or it was restored to an earlier moment.
fn is_lost(position: Position, checked_at: Timestamp, primary: Option<PrimaryAt>) -> bool {
    primary.is_some_and(|primary| primary.asked_at > checked_at && primary.position < position)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_position_that_the_primary_has_not_reached_since_is_of_a_history_that_is_lost() {
        let checked_at = Timestamp::now();
        let at = |text: &str| Position::parse(text).unwrap();
        let primary = |position: &str, after: i64| {
            let asked_at = checked_at + SignedDuration::from_millis(after);
            let position = at(position);
            Some(PrimaryAt { position, asked_at })
        };
        for (primary, is_lost_there) in [
            (primary("0/10", 1), true),
            (primary("0/20", 1), false),
            (primary("0/30", 1), false),
            // It was asked before the result was there.
            (primary("0/10", -1), false),
            (None, false),
        ] {
            assert_eq!(is_lost(at("0/20"), checked_at, primary), is_lost_there);
        }
    }
}
