//! A cookie that proves that this browser was once signed in to an account. It signs nobody in; it only makes attempts
//! from this browser count apart from those of strangers.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use tower_sessions::cookie::time::Duration;

use crate::model::{Email, SecretKey};

const PURPOSE: &str = "dataclips 2026-11 known browser";
const COOKIE: &str = "dataclips_known";
const MAX_AGE: Duration = Duration::days(365);

/// Compares in constant time.
pub fn is_known(cookies: &CookieJar, key: &SecretKey, email: &Email) -> bool {
    let Some(cookie) = cookies.get(COOKIE) else {
        return false;
    };
    let cookie = blake3::hash(cookie.value().as_bytes());
    let keys = key.derive_all(PURPOSE);
    let mut proofs = keys.iter().map(|key| proof(key, email));
    proofs.any(|proof| blake3::hash(proof.as_bytes()) == cookie)
}

pub fn cookie(key: &SecretKey, email: &Email, is_secure: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, proof(&key.derive(PURPOSE), email)))
        .path("/sign-in")
        .http_only(true)
        .secure(is_secure)
        .same_site(SameSite::Lax)
        .max_age(MAX_AGE)
        .build()
}

fn proof(key: &[u8; 32], email: &Email) -> String {
    let proof = blake3::keyed_hash(key, email.as_str().as_bytes());
    proof.to_hex().to_string()
}
