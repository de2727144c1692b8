//! Links that were just made, for the one page that shows them.

use askama::Template;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::Timestamp;
use tower_sessions::cookie::time::Duration;

use super::super::{App, address, invitation, time};
use crate::error::Error;
use crate::model::{Email, OneTimeLink, Person};

/// Carries the links' secrets from the answer that made them to the page that shows them, once. So a page that is
/// loaded again neither makes other links nor shows the same ones twice. Fifty fit into a cookie.
const COOKIE: &str = "dataclips_new_links";
const KEPT: Duration = Duration::minutes(1);
/// Between secrets, which are base64url.
const SEPARATOR: char = '.';

/// Part of a page.
#[derive(Default, Template)]
#[template(path = "people/new_links.html")]
pub struct NewLinks {
    shown: Vec<Shown>,
    mails: Mails,
}

/// Whether mails are sent at all.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mails {
    Sent,
    #[default]
    NotSetUp,
}

struct Shown {
    email: Email,
    url: String,
    expires_at: Timestamp,
    undelivered: Option<String>,
}

impl NewLinks {
    /// Those that the cookie carries, as long as they work.
    pub async fn take(app: &App, cookies: &CookieJar) -> Result<Self, Error> {
        let secrets = cookies.get(COOKIE).map(Cookie::value).unwrap_or_default();
        let mut shown = Vec::new();
        for secret in secrets.split(SEPARATOR).filter(|secret| !secret.is_empty()) {
            if let Some(link) = OneTimeLink::find(&app.store, secret).await? {
                shown.push(Shown {
                    url: invitation::url(app, &link),
                    email: link.email,
                    expires_at: link.expires_at,
                    undelivered: link.undelivered,
                });
            }
        }
        let mails = match app.settings.mailer {
            Some(_) => Mails::Sent,
            None => Mails::NotSetUp,
        };
        Ok(Self { shown, mails })
    }

    /// For a page about one person.
    pub fn only_of(mut self, person: &Person) -> Self {
        self.shown.retain(|link| link.email == person.user.email);
        self
    }

    fn are_sent(&self) -> bool {
        self.mails == Mails::Sent
    }
}

pub fn keep(cookies: CookieJar, links: &[OneTimeLink], app: &App) -> CookieJar {
    let secrets: Vec<&str> = links.iter().map(OneTimeLink::secret).collect();
    let cookie = Cookie::build((COOKIE, secrets.join(&SEPARATOR.to_string())))
        .path(address::PEOPLE)
        .http_only(true)
        .secure(app.settings.is_secure())
        .same_site(SameSite::Strict)
        .max_age(KEPT);
    cookies.add(cookie)
}

pub fn forget(cookies: CookieJar) -> CookieJar {
    cookies.remove(Cookie::build(COOKIE).path(address::PEOPLE))
}
