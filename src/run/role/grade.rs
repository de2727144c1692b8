//! How bad it is that a role may do something.

use std::fmt;

/// What is at risk. The worse one comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Data or secrets.
    Danger,
    /// The server's disk, or its work for others.
    Note,
}

impl fmt::Display for Grade {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Danger => "danger",
            Self::Note => "note",
        })
    }
}
