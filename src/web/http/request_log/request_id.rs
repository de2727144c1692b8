//! The id of a request, in logs and in the response: the client's own, if it is sane, or a new one.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const BYTES_MAX: usize = 64;
/// As many letters in a row as a slug has. Secrets stay out of logs, even if a client sends them as ids.
const LETTERS_OF_SLUG: usize = 28;
/// How every token and clip link begins.
const SECRET: &[u8] = b"dataclips_";

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Odd, so that 2⁶⁴ ids differ.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Starts anywhere, so that the ids of several servers differ.
static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
    let mut start = [0; 8];
    let _ = getrandom::fill(&mut start);
    AtomicU64::new(u64::from_ne_bytes(start))
});

#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id of a request that has just arrived.
    pub fn of(request: &Request) -> Self {
        let sent = request.headers().get(X_REQUEST_ID);
        match sent.filter(|id| is_sane(id.as_bytes())) {
            Some(id) => Self(id.clone()),
            None => Self::new(),
        }
    }

    /// Hands it on to whoever handles the request.
    pub fn note_in(&self, request: &mut Request) {
        request.extensions_mut().insert(self.clone());
    }

    pub fn add_to(self, response: &mut Response) {
        response.headers_mut().insert(X_REQUEST_ID, self.0);
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    fn new() -> Self {
        let number = NEXT.fetch_add(STEP, Ordering::Relaxed);
        let mut digits = [0; 16];
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = DIGITS[(number >> (4 * place)) as usize & 0xf];
        }
        Self(HeaderValue::from_bytes(&digits).expect("digits are ASCII"))
    }
}

fn is_sane(id: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
    let has_slug = id
        .split(|byte| !byte.is_ascii_lowercase())
        .any(|letters| letters.len() >= LETTERS_OF_SLUG);
    let has_secret = id.windows(SECRET.len()).any(|part| part == SECRET);
    (1..=BYTES_MAX).contains(&id.len()) && id.iter().all(is_allowed) && !has_slug && !has_secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_ids_are_taken() {
        for id in [
            "7f3a1c02-5b1e-4d0c-9f3b-0c2f5f0e8a11",
            "Root=1-67891233-abcdef012345678912345678",
            "a",
        ] {
            assert!(is_sane(id.as_bytes()), "{id}");
        }
        for id in [
            "",
            "two words",
            "line\nbreak",
            "\u{1b}[31m",
            "{\"json\":1}",
            &"0".repeat(65),
            "abcdefghijklmnopqrstuvwxyzab",
            "id-abcdefghijklmnopqrstuvwxyzab.csv",
            "dataclips_link_0123",
        ] {
            assert!(!is_sane(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn new_ids_differ_and_are_sane() {
        let (one, other) = (RequestId::new(), RequestId::new());
        assert_ne!(one.as_str(), other.as_str());
        assert!(is_sane(one.as_str().as_bytes()));
    }
}
