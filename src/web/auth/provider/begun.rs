//! A sign-in that has begun: what the browser carries to the provider and back, sealed, in a cookie. So the answer counts
//! only in the browser that asked, and at any server that has the key.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde::{Deserialize, Serialize};
use tower_sessions::cookie::time::Duration;

use crate::error::Error;
use crate::model::SecretKey;

const MINUTES: i64 = 15;

#[derive(Serialize, Deserialize)]
pub(super) struct Begun {
    pub state: CsrfToken,
    pub nonce: Nonce,
    pub verifier: PkceCodeVerifier,
    /// The page to go on to.
    pub next: String,
    expires_at: Timestamp,
}

impl Begun {
    pub fn new(state: CsrfToken, nonce: Nonce, verifier: PkceCodeVerifier, next: &str) -> Self {
        let time = SignedDuration::from_mins(MINUTES);
        Self {
            state,
            nonce,
            verifier,
            next: next.to_owned(),
            expires_at: Timestamp::now() + time,
        }
    }

    pub fn cookie(&self, key: &SecretKey, is_secure: bool) -> Result<Cookie<'static>, Error> {
        let text = serde_json::to_string(self).map_err(Error::internal)?;
        let sealed = key.for_sign_ins().seal(&text).map_err(Error::internal)?;
        let value = BASE64_URL_SAFE_NO_PAD.encode(sealed);
        let cookie = Cookie::build((name(is_secure), value))
            .path("/")
            .http_only(true)
            .secure(is_secure)
            // The provider's redirect comes from another site.
            .same_site(SameSite::Lax)
            .max_age(Duration::minutes(MINUTES));
        Ok(cookie.build())
    }

    /// The sign-in that this browser began last, if it is not too old.
    pub fn from_cookies(cookies: &CookieJar, key: &SecretKey, is_secure: bool) -> Option<Self> {
        let value = cookies.get(name(is_secure))?.value();
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
        let text = key.for_sign_ins().open(&sealed)?;
        let begun: Self = serde_json::from_str(&text).ok()?;
        (begun.expires_at > Timestamp::now()).then_some(begun)
    }
}

/// A browser takes a cookie with this prefix only over HTTPS and from this very host.
pub(super) fn name(is_secure: bool) -> &'static str {
    match is_secure {
        true => "__Host-dataclips_provider",
        false => "dataclips_provider",
    }
}

pub(super) fn remove(cookies: CookieJar, is_secure: bool) -> CookieJar {
    let cookie = Cookie::build(name(is_secure)).path("/").secure(is_secure);
    cookies.remove(cookie)
}
