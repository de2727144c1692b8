//! Carries a new secret from the response that made it to the page that shows it, once. Reloading that page therefore
//! neither makes a second secret nor shows the first one again.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use tower_sessions::cookie::time::Duration;

use crate::web::app::Settings;

const MAX_AGE: Duration = Duration::minutes(1);

/// A cookie that browsers send only to this path, and to those below it.
pub struct OneTimeCookie {
    name: &'static str,
    path: String,
}

impl OneTimeCookie {
    pub fn new(name: &'static str, path: impl Into<String>) -> Self {
        Self {
            name,
            path: path.into(),
        }
    }

    pub fn set(&self, settings: &Settings, cookies: CookieJar, secret: &str) -> CookieJar {
        let cookie = Cookie::build((self.name, secret.to_owned()))
            .path(self.path.clone())
            .http_only(true)
            .secure(settings.is_secure())
            .same_site(SameSite::Strict)
            .max_age(MAX_AGE);
        cookies.add(cookie)
    }

    pub fn secret<'a>(&self, cookies: &'a CookieJar) -> Option<&'a str> {
        cookies.get(self.name).map(Cookie::value)
    }

    pub fn remove(&self, cookies: CookieJar) -> CookieJar {
        cookies.remove(Cookie::build(self.name).path(self.path.clone()))
    }
}
