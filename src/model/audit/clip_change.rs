//! What somebody does with a clip: the kinds of its activity.

/// The kinds of activity that are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Created,
    Forked,
    Edited,
    Renamed,
    Shared,
    Transferred,
    Set,
    LinkMade,
    LinkRevoked,
    Pinned,
    Unpinned,
    Charted,
    Uncharted,
    Removed,
    Restored,
}

impl Kind {
    pub const ALL: [Self; 15] = [
        Self::Created,
        Self::Forked,
        Self::Edited,
        Self::Renamed,
        Self::Shared,
        Self::Transferred,
        Self::Set,
        Self::LinkMade,
        Self::LinkRevoked,
        Self::Pinned,
        Self::Unpinned,
        Self::Charted,
        Self::Uncharted,
        Self::Removed,
        Self::Restored,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Forked => "forked",
            Self::Edited => "edited",
            Self::Renamed => "renamed",
            Self::Shared => "shared",
            Self::Transferred => "transferred",
            Self::Set => "set",
            Self::LinkMade => "link-made",
            Self::LinkRevoked => "link-revoked",
            Self::Pinned => "pinned",
            Self::Unpinned => "unpinned",
            Self::Charted => "charted",
            Self::Uncharted => "uncharted",
            Self::Removed => "removed",
            Self::Restored => "restored",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
