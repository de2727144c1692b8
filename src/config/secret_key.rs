//! The secret key, and the old one while it is replaced, as environment variables or files.

use std::path::PathBuf;

use clap::Args;

use super::secret;
use crate::model::SecretKey;

#[derive(Args, Clone, Debug)]
pub(super) struct SecretKeySettings {
    /// Encrypts database URLs at rest: at least 32 characters; required with DATABASE_URL, otherwise created in the data directory
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    secret_key: Option<String>,

    /// File with DATACLIPS_SECRET_KEY
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_SECRET_KEY_FILE",
        value_name = "PATH"
    )]
    secret_key_file: Option<PathBuf>,

    /// The previous secret key, while `dataclips key rotate` replaces it with DATACLIPS_SECRET_KEY
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OLD_SECRET_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    old_secret_key: Option<String>,

    /// File with DATACLIPS_OLD_SECRET_KEY
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OLD_SECRET_KEY_FILE",
        value_name = "PATH"
    )]
    old_secret_key_file: Option<PathBuf>,
}

impl SecretKeySettings {
    /// Together with the old key, if that is set.
    pub(super) fn read(&self) -> Result<Option<SecretKey>, String> {
        let key = read_key(
            "DATACLIPS_SECRET_KEY",
            &self.secret_key,
            &self.secret_key_file,
        )?;
        let old = read_key(
            "DATACLIPS_OLD_SECRET_KEY",
            &self.old_secret_key,
            &self.old_secret_key_file,
        )?;
        match (key, old) {
            (key, None) => Ok(key),
            (None, Some(_)) => Err(
                "DATACLIPS_OLD_SECRET_KEY is set, so DATACLIPS_SECRET_KEY is needed too: the new key."
                    .to_owned(),
            ),
            (Some(key), Some(old)) if key.is_same(&old) => Err(
                "DATACLIPS_OLD_SECRET_KEY is the same as DATACLIPS_SECRET_KEY: make a new key for DATACLIPS_SECRET_KEY, for example with `openssl rand -base64 32`, or remove DATACLIPS_OLD_SECRET_KEY."
                    .to_owned(),
            ),
            (Some(key), Some(old)) => Ok(Some(key.replacing(&old))),
        }
    }
}

fn read_key(
    variable: &str,
    value: &Option<String>,
    file: &Option<PathBuf>,
) -> Result<Option<SecretKey>, String> {
    let Some(text) = secret::read(variable, value, file)? else {
        return Ok(None);
    };
    SecretKey::from_text(&text).map(Some).ok_or_else(|| {
        format!("{variable} is too short: give at least 32 characters that nobody can guess.")
    })
}
