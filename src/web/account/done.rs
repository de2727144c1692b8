//! What was just done on the account's page: a word in its address, and the sentence that it shows for it.

use axum::response::Redirect;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    PasswordChanged,
    SessionEnded,
    OtherSessionsEnded,
    TokenRevoked,
    ViewsForgotten,
}

impl Done {
    const ALL: [Self; 5] = [
        Self::PasswordChanged,
        Self::SessionEnded,
        Self::OtherSessionsEnded,
        Self::TokenRevoked,
        Self::ViewsForgotten,
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// To the page, which shows the sentence.
    pub fn redirect(self) -> Redirect {
        let (word, section) = (self.word(), self.section());
        Redirect::to(&format!("/account?done={word}#{section}"))
    }

    /// The section of the page that shows the sentence.
    pub fn section(self) -> &'static str {
        match self {
            Self::PasswordChanged => "change-password",
            Self::SessionEnded | Self::OtherSessionsEnded => "browsers",
            Self::TokenRevoked => "tokens",
            Self::ViewsForgotten => "views",
        }
    }

    pub fn sentence(self) -> &'static str {
        match self {
            Self::PasswordChanged => "Password changed. All other browsers are signed out.",
            Self::SessionEnded => "That browser is signed out.",
            Self::OtherSessionsEnded => "All other browsers are signed out.",
            Self::TokenRevoked => "Token revoked. It no longer opens anything.",
            Self::ViewsForgotten => "Your recent clips are forgotten.",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password",
            Self::SessionEnded => "session",
            Self::OtherSessionsEnded => "sessions",
            Self::TokenRevoked => "token",
            Self::ViewsForgotten => "views",
        }
    }
}
