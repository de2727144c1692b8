//! What was just done to a person: a word in their page's address, and the sentence that the page shows for it.

use axum::response::Redirect;

use crate::model::Person;
use crate::web::http::url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    RoleChanged,
    Deactivated,
    Reactivated,
    Unlinked,
    /// On the list of people.
    Deleted,
}

impl Done {
    const ALL: [Self; 5] = [
        Self::RoleChanged,
        Self::Deactivated,
        Self::Reactivated,
        Self::Unlinked,
        Self::Deleted,
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// To the person's page, which shows the sentence.
    pub fn redirect(self, person: &Person) -> Redirect {
        Redirect::to(&self.address(&url::person(person)))
    }

    /// Of a page that shows the sentence.
    pub fn address(self, page: &str) -> String {
        format!("{page}?done={}", self.word())
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::RoleChanged => "Role changed.",
            Self::Deactivated => {
                "Deactivated: all their browsers are signed out, and their tokens and links no longer work."
            }
            Self::Reactivated => "Reactivated. Their tokens work again.",
            Self::Unlinked => "Unlinked: whoever signs in with this address next is linked.",
            Self::Deleted => "Deleted.",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::RoleChanged => "role",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
            Self::Unlinked => "unlinked",
            Self::Deleted => "deleted",
        }
    }
}
