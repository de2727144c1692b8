//! `dataclips user`.

use std::io::Read;

use clap::Subcommand;

use super::Failure;
use super::site::Site;
use crate::model::{Email, Role, User};

#[derive(Subcommand)]
pub enum Command {
    /// Add a user; the password is read from standard input
    Add {
        email: String,
        #[arg(long, value_enum, default_value = "member")]
        role: Role,
    },
}

pub async fn run(site: &Site, command: Command) -> Result<(), Failure> {
    let Command::Add { email, role } = command;
    let email = Email::parse(&email).ok_or("Give an e-mail address such as ann@example.com.")?;
    let user = User::create(&site.store, &email, role, &read_secret("the password")?).await?;
    eprintln!("Added {} as {}.", user.email, user.role.as_str());
    Ok(())
}

/// Reads a secret from standard input, without the line break: arguments would be visible in `ps`.
pub fn read_secret(what: &str) -> Result<String, Failure> {
    use std::io::IsTerminal;
    let mut stdin = std::io::stdin();
    let mut text = String::new();
    if stdin.is_terminal() {
        eprintln!("Type {what} and press Enter:");
        stdin.read_line(&mut text)?;
    } else {
        stdin.read_to_string(&mut text)?;
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
