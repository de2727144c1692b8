//! Links that were just made, for the page that shows them once.

use askama::Template;
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;

use crate::error::Error;
use crate::model::{Email, OneTimeLink, Person};
use crate::web::app::App;
use crate::web::auth::invitation;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::page::time_tag;

/// Separates secrets, which are base64url.
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
    /// The links in the cookie that still work.
    pub async fn take(app: &App, cookies: &CookieJar, path: &str) -> Result<Self, Error> {
        let cookie = cookie(path);
        let secrets = cookie.secret(cookies).unwrap_or_default();
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

    /// Keeps only this person's links, for a page about them.
    pub fn only_of(mut self, person: &Person) -> Self {
        self.shown.retain(|link| link.email == person.user.email);
        self
    }

    /// The element of one of the links.
    fn id(&self, place: &usize) -> String {
        format!("new-link-{place}")
    }

    fn label(&self, link: &Shown) -> String {
        format!("Link for {}", link.email)
    }

    fn are_sent(&self) -> bool {
        self.mails == Mails::Sent
    }
}

/// Puts links into a cookie for the page at this path and those below it. Fifty fit into a cookie.
pub fn keep(app: &App, cookies: CookieJar, links: &[OneTimeLink], path: &str) -> CookieJar {
    if links.is_empty() {
        return cookies;
    }
    let secrets: Vec<&str> = links.iter().map(OneTimeLink::secret).collect();
    let secrets = secrets.join(&SEPARATOR.to_string());
    cookie(path).set(&app.settings, cookies, &secrets)
}

pub fn forget(cookies: CookieJar, path: &str) -> CookieJar {
    cookie(path).remove(cookies)
}

fn cookie(path: &str) -> OneTimeCookie {
    OneTimeCookie::new("dataclips_new_links", path)
}
