//! Passwords: argon2id on blocking threads, a few at a time.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::error::Error;

const CHARACTERS_MIN: usize = 8;
const BYTES_MAX: usize = 1_000;
/// Each takes a core for about ten milliseconds, and 19 MiB.
const AT_ONCE: usize = 4;

static PERMITS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Compared with the password for an unknown address, so that it takes as long as a wrong password.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| {
    let hash = Argon2::default().hash_password(b"the password of nobody");
    hash.ok().map(|hash| hash.to_string())
});

/// Hashes with the library's recommended cost.
pub(in crate::model) async fn hash(password: &str) -> Result<String, Error> {
    if password.chars().count() < CHARACTERS_MIN {
        return Err(Error::invalid(
            "password",
            "Choose a password of at least 8 characters.",
        ));
    }
    if password.len() > BYTES_MAX {
        return Err(Error::invalid(
            "password",
            "Choose a password of at most 1,000 bytes.",
        ));
    }
    let password = password.to_owned();
    work(move || Argon2::default().hash_password(password.as_bytes()))
        .await?
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(error.to_string()))
}

/// Whether this is the password; takes equally long without a hash to compare with.
pub(in crate::model) async fn verify(password: &str, hash: Option<String>) -> Result<bool, Error> {
    if password.len() > BYTES_MAX {
        return Ok(false);
    }
    let password = password.to_owned();
    work(move || {
        let is_somebody = hash.is_some();
        // Initialised at the very first attempt, even for a known address, so that timing reveals nothing.
        let nobody = NOBODY.clone();
        let Some(hash) = hash.or(nobody) else {
            return false;
        };
        let verified = Argon2::default().verify_password(password.as_bytes(), hash.as_str());
        verified.is_ok() && is_somebody
    })
    .await
}

async fn work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let permit = PERMITS.acquire().await.map_err(Error::internal)?;
    let work = tokio::task::spawn_blocking(move || {
        // Kept to the end of the work, which goes on if whoever asked leaves.
        let _permit = permit;
        work()
    });
    work.await.map_err(Error::internal)
}
