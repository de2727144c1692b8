//! What was just done to a database: a word in a page's address, and the sentence that the page shows for it.

use axum::response::Redirect;

use crate::model::Database;
use crate::web::http::url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Added,
    RoleCreated,
    Changed,
    ClipsMoved,
    Removed,
    Restored,
    FollowerAdded,
    FollowerRemoved,
    FollowersChanged,
}

impl Done {
    const ALL: [Self; 9] = [
        Self::Added,
        Self::RoleCreated,
        Self::Changed,
        Self::ClipsMoved,
        Self::Removed,
        Self::Restored,
        Self::FollowerAdded,
        Self::FollowerRemoved,
        Self::FollowersChanged,
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// To the page that shows the sentence: the database's own, or the list if it was removed.
    pub fn redirect(self, database: &Database) -> Redirect {
        let page = match self {
            Self::Removed => url::DATABASES.to_owned(),
            Self::Added
            | Self::RoleCreated
            | Self::Changed
            | Self::ClipsMoved
            | Self::Restored
            | Self::FollowerAdded
            | Self::FollowerRemoved
            | Self::FollowersChanged => url::database(database),
        };
        Redirect::to(&format!("{page}?done={}", self.word()))
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::Added => "Database added.",
            Self::RoleCreated => {
                "A role that can only read was created, and clips use it. The URL that you entered was used once and not kept."
            }
            Self::Changed => "Database saved.",
            Self::ClipsMoved => {
                "The clips were moved to the other database. Each has a new version."
            }
            Self::Removed => "Database removed. You can restore it from the list below.",
            Self::Restored => "Database restored, with its clips.",
            Self::FollowerAdded => "Follower added. Runs go to it while it is healthy.",
            Self::FollowerRemoved => "Follower removed. Runs no longer go to it.",
            Self::FollowersChanged => "Settings of the followers saved.",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::RoleCreated => "role",
            Self::Changed => "changed",
            Self::ClipsMoved => "moved",
            Self::Removed => "removed",
            Self::Restored => "restored",
            Self::FollowerAdded => "follower-added",
            Self::FollowerRemoved => "follower-removed",
            Self::FollowersChanged => "followers-changed",
        }
    }
}
