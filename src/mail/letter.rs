//! What the mails say: who sent it, from which server, what the link does and until when, and that it can be ignored.

use jiff::Timestamp;

use crate::model::Email;

/// A mail to one person.
pub struct Mail {
    pub to: Email,
    pub subject: String,
    pub text: String,
}

/// The link in a mail, and the server that it leads to.
pub struct Link<'a> {
    pub url: &'a str,
    pub expires_at: Timestamp,
    /// The URL at which people reach it.
    pub server: &'a str,
}

impl Mail {
    /// Invites a person, on behalf of another one.
    pub fn invitation(to: &Email, by: &Email, link: &Link<'_>) -> Self {
        let server = link.server;
        Self::new(
            to,
            format!("{by} invited you to Dataclips"),
            format!(
                "{by} invited you to the Dataclips server at {server}. Use this link to choose a password:"
            ),
            link,
            &format!(
                "If you do not know {by}, ignore this e-mail: nothing happens unless you use the link."
            ),
        )
    }

    /// Carries a password reset that an administrator started.
    pub fn reset_by(to: &Email, by: &Email, link: &Link<'_>) -> Self {
        let server = link.server;
        Self::new(
            to,
            "Choose a new password for Dataclips".to_owned(),
            format!(
                "{by} sent you this link for the Dataclips server at {server}. Use it to choose a new password, which signs out all your browsers:"
            ),
            link,
            "If you do not need it, ignore this e-mail: your password stays as it is.",
        )
    }

    /// Carries a password reset that somebody asked for, perhaps not the owner of the address.
    pub fn reset(to: &Email, link: &Link<'_>) -> Self {
        let server = link.server;
        Self::new(
            to,
            "Choose a new password for Dataclips".to_owned(),
            format!(
                "Somebody, probably you, asked the Dataclips server at {server} for this link. Use it to choose a new password, which signs out all your browsers:"
            ),
            link,
            "If that was not you, ignore this e-mail: your password stays as it is.",
        )
    }

    /// Carries a link that signs in without a password.
    pub fn sign_in(to: &Email, link: &Link<'_>) -> Self {
        let server = link.server;
        Self::new(
            to,
            "Sign in to Dataclips".to_owned(),
            format!(
                "Somebody, probably you, asked the Dataclips server at {server} for this link. Use it to sign in:"
            ),
            link,
            "If that was not you, ignore this e-mail: nobody is signed in without the link.",
        )
    }

    fn new(to: &Email, subject: String, what: String, link: &Link<'_>, why_ignore: &str) -> Self {
        let until = link.expires_at.strftime("%Y-%m-%d %H:%M UTC");
        let url = link.url;
        Self {
            to: to.clone(),
            subject,
            text: format!(
                "Hello,\n\n{what}\n\n{url}\n\nThis link works only once, until {until}.\n\n{why_ignore}\n"
            ),
        }
    }
}
