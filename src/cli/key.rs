//! `dataclips key`.

use std::io::Write;

use clap::Subcommand;

use super::Failure;
use super::site::Site;
use crate::model::{Rotated, rotate_key};

const SEVERAL_STEPS: &str = "The secret key of this store is in DATACLIPS_SECRET_KEY, so replacing it takes these steps. The servers go on serving all the time.

1. Make a new key: openssl rand -base64 32
2. For each server and for this command, set
     DATACLIPS_SECRET_KEY      (or DATACLIPS_SECRET_KEY_FILE)      to the new key
     DATACLIPS_OLD_SECRET_KEY  (or DATACLIPS_OLD_SECRET_KEY_FILE)  to the present one
   and restart one server after the other. They keep using the old key until the next step.
3. Run `dataclips key rotate` once, on any machine. It may be interrupted, and run again.
4. Remove DATACLIPS_OLD_SECRET_KEY from each server, and restart one after the other.";

#[derive(Subcommand)]
pub enum Command {
    /// Replace the secret key, while the servers go on serving
    ///
    /// Everything that the old key has encrypted is encrypted with the new one. May be interrupted, and run again.
    ///
    /// A key in the data directory is replaced by this one command, whether the server runs or not. Otherwise
    /// DATACLIPS_SECRET_KEY is the new key and DATACLIPS_OLD_SECRET_KEY the old one, here and at all servers: without the
    /// old one, this command changes nothing and prints the steps. docs/operations.md has them, too.
    Rotate,
}

pub async fn run(site: &Site, command: Command) -> Result<(), Failure> {
    let Command::Rotate = command;
    site.key
        .make_next()
        .map_err(|error| format!("The new key cannot be put into the data directory: {error}."))?;
    if !site.key.is_replacing() {
        return Err(SEVERAL_STEPS.into());
    }
    let rotated = rotate_key(&site.store, &site.key).await?;
    site.key.keep_next().map_err(|error| {
        format!("The new key cannot take the place of the old one in the data directory: {error}. Run this again.")
    })?;
    let text = describe(&rotated, site.key.is_in_data_dir());
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

fn describe(rotated: &Rotated, is_in_data_dir: bool) -> String {
    let mut lines = vec![format!(
        "Encrypted with the new key: {} and {}. Nothing is encrypted with the old one any more.",
        count(rotated.databases, "database URL"),
        count(rotated.letters, "unsent mail"),
    )];
    if !rotated.unreadable.is_empty() {
        lines.push(format!(
            "Neither key opens the URLs of these databases, which have to be entered again: {}.",
            rotated.unreadable.join(", ")
        ));
    }
    lines.push(match is_in_data_dir {
        true => "The new key is in the data directory: `secret_key`. Copy it to where you keep it apart from the backups. `secret_key.old` is the old key: backups made until now need it. Remove it once you have none of them.".to_owned(),
        false => "Now remove DATACLIPS_OLD_SECRET_KEY from each server, and restart one after the other. Keep the old key as long as you have backups made until now: they need it.".to_owned(),
    });
    lines.join("\n")
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
