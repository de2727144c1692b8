//! `dataclips token`.

use std::io::Write;

use clap::Subcommand;

use super::Failure;
use super::site::Site;
use crate::model::{Email, Token, User};

#[derive(Subcommand)]
pub enum Command {
    /// Create a token for a user; standard output is the token and nothing else
    Add {
        email: String,
        /// What the token is for
        #[arg(long)]
        name: String,
    },
}

pub async fn run(site: &Site, command: Command) -> Result<(), Failure> {
    let Command::Add { email, name } = command;
    let email =
        Email::parse_existing(&email).ok_or("Give an e-mail address such as ann@example.com.")?;
    let user = User::find_by_email(&site.store, &email).await?;
    let user = user.ok_or_else(|| {
        format!("There is no user {email}. Add one with `dataclips user add {email}`.")
    })?;
    let token = Token::create(&site.store, &user, &name, None).await?;
    writeln!(std::io::stdout(), "{}", token.as_str())?;
    Ok(())
}
