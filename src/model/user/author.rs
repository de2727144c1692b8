//! Who wrote something. It stays written when they are deleted.

use std::fmt;

use crate::model::{Email, User};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    Known(Email),
    /// By the number that the audit has too, or 0 if the version was imported from a backup.
    Deleted(i64),
}

/// Stands for a deleted author in a backup, since numbers differ between stores. Nobody has this number.
pub(in crate::model) const DELETED_ELSEWHERE: i64 = 0;

impl Author {
    /// From the number that was stored, and the address of the person who has it today. `None`: written by nobody.
    pub(in crate::model) fn from_stored(id: Option<i64>, email: Option<&str>) -> Option<Self> {
        let known = email.map(|email| Self::Known(Email::from_stored(email)));
        known.or(id.map(Self::Deleted))
    }

    pub fn is(&self, user: &User) -> bool {
        matches!(self, Self::Known(email) if *email == user.email)
    }
}

/// For people and for the API.
impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(email) => email.fmt(formatter),
            Self::Deleted(DELETED_ELSEWHERE) => formatter.write_str("a deleted person"),
            Self::Deleted(number) => write!(formatter, "deleted person {number}"),
        }
    }
}
