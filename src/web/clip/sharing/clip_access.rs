//! Who can open a clip, as forms and the API express it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum ClipAccess {
    /// Anyone with the URL.
    Anyone,
    /// Only authorized users.
    Authorized,
}

impl TryFrom<String> for ClipAccess {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        let access = Self::ALL.into_iter().find(|access| access.as_str() == word);
        access.ok_or("it must be `anyone` or `authorized`")
    }
}

impl ClipAccess {
    pub const ALL: [Self; 2] = [Self::Anyone, Self::Authorized];

    pub fn from_anyone(anyone: bool) -> Self {
        match anyone {
            true => Self::Anyone,
            false => Self::Authorized,
        }
    }

    pub fn is_anyone(self) -> bool {
        self == Self::Anyone
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Authorized => "authorized",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Anyone => "Anyone with the link",
            Self::Authorized => "Only authorized users",
        }
    }

    /// Who will see a clip that is being created.
    pub fn promise(self) -> &'static str {
        match self {
            Self::Anyone => "Everyone who has the link sees the rows.",
            Self::Authorized => {
                "Only you and administrators see the rows until you share the clip."
            }
        }
    }
}
