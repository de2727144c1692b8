//! `POST /theme`: light, dark, or the system's; stored in a cookie, so that it works without JavaScript too.

use axum::response::Redirect;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;
use tower_sessions::cookie::time::Duration;

use super::form::Form;
use super::url;

/// `static/page/theme.js` writes it too.
const COOKIE: &str = "dataclips_theme";
const MAX_AGE: Duration = Duration::days(365);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Deserialize)]
pub struct Choice {
    theme: Theme,
    /// The page to go back to.
    next: String,
}

pub async fn update(cookies: CookieJar, Form(choice): Form<Choice>) -> (CookieJar, Redirect) {
    let cookie = Cookie::build((COOKIE, choice.theme.as_str()))
        .path("/")
        .same_site(SameSite::Lax)
        .max_age(MAX_AGE);
    (cookies.add(cookie), Redirect::to(url::local(&choice.next)))
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn from_cookies(cookies: &CookieJar) -> Self {
        let chosen = cookies.get(COOKIE).map(Cookie::value);
        chosen.and_then(Self::parse).unwrap_or_default()
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| word == theme.as_str())
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
