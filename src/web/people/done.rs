//! What a person's page says was done: a word in its address, for which there is a sentence.

use axum::response::Redirect;

use crate::model::Person;
use crate::web::http::url;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    RoleChanged,
    Deactivated,
    Reactivated,
}

impl Done {
    const ALL: [Self; 3] = [Self::RoleChanged, Self::Deactivated, Self::Reactivated];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// To the person's page, where it says so.
    pub fn redirect(self, person: &Person) -> Redirect {
        Redirect::to(&format!("{}?done={}", url::person(person), self.word()))
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::RoleChanged => "The role is changed.",
            Self::Deactivated => {
                "Deactivated: all browsers are signed out, and tokens and links open nothing."
            }
            Self::Reactivated => "Let in again. Tokens work as before.",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::RoleChanged => "role",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
        }
    }
}
