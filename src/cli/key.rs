//! `dataclips key`.

use std::fs::TryLockError;
use std::io::Write;

use clap::Subcommand;

use super::Failure;
use super::site::Site;
use crate::model::{Rotated, rotate_key};

const SEVERAL_STEPS: &str = "The secret key of this store is in DATACLIPS_SECRET_KEY, so replacing it takes these steps. The servers keep running.

1. Make a new key: openssl rand -base64 32
2. For each server and for this command, set
     DATACLIPS_SECRET_KEY      (or DATACLIPS_SECRET_KEY_FILE)      to the new key
     DATACLIPS_OLD_SECRET_KEY  (or DATACLIPS_OLD_SECRET_KEY_FILE)  to the current one
   and restart one server after the other. Until the next step, all of them use the old key.
3. Run `dataclips key rotate` once, on any machine. If it is interrupted, run it again.
4. Remove DATACLIPS_OLD_SECRET_KEY from each server, and restart one after the other.";

const ALREADY_RUNNING: &str = "The key in this data directory is being replaced just now, by another `dataclips key rotate`. Nothing was changed. Wait until that has ended.";

#[derive(Subcommand)]
pub enum Command {
    /// Replace the secret key while the servers keep running
    ///
    /// Everything that the old key has encrypted is encrypted with the new one. If this is interrupted, run it again.
    ///
    /// A key in the data directory is replaced by this one command, whether the server runs or not. Otherwise set
    /// DATACLIPS_SECRET_KEY to the new key and DATACLIPS_OLD_SECRET_KEY to the old one, here and at all servers. Without the
    /// old key, this command changes nothing and prints the steps, which are also in docs/operations.md.
    Rotate,
}

pub async fn run(site: &Site, command: Command) -> Result<(), Failure> {
    let Command::Rotate = command;
    let _alone = site.key.replace_alone().map_err(|error| match error {
        TryLockError::WouldBlock => ALREADY_RUNNING.to_owned(),
        TryLockError::Error(error) => format!("The data directory cannot be opened: {error}."),
    })?;
    site.key
        .make_next()
        .map_err(|error| format!("The new key cannot be put into the data directory: {error}."))?;
    if !site.key.is_replacing() {
        return Err(SEVERAL_STEPS.into());
    }
    let rotated = rotate_key(&site.store, &site.key).await?;
    site.key.keep_next().map_err(|error| {
        format!(
            "The new key cannot replace the old one in the data directory: {error}. Run this again."
        )
    })?;
    let text = describe(&rotated, site.key.is_in_data_dir());
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

fn describe(rotated: &Rotated, is_in_data_dir: bool) -> String {
    let mut lines = vec![format!(
        "Encrypted with the new key: {} and {}. Nothing is encrypted with the old one any more.",
        count(rotated.databases + rotated.followers, "database URL"),
        count(rotated.letters, "unsent mail"),
    )];
    if !rotated.unreadable.is_empty() {
        lines.push(format!(
            "Neither key opens the URLs of these databases, which have to be entered again: {}.",
            rotated.unreadable.join(", ")
        ));
    }
    lines.push(match is_in_data_dir {
        true => "The new key is in the data directory: `secret_key`. Copy it to where you keep it apart from the backups. `secret_key.old` is the old key: backups made until now need it. Remove it once you keep none of them.".to_owned(),
        false => "Now remove DATACLIPS_OLD_SECRET_KEY from each server, and restart one after the other. Keep the old key as long as you keep backups made until now: they need it.".to_owned(),
    });
    lines.join("\n")
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
