//! `dataclips token`.

use std::io::Write;

use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};

use super::Failure;
use super::site::Site;
use crate::model::{Database, Email, NewToken, Scope, Token, User};

#[derive(Subcommand)]
pub enum Command {
    /// Create a token for a user; standard output is the token and nothing else
    Add {
        email: String,
        /// What the token is for
        #[arg(long)]
        name: String,
        /// What it may do; several with commas or by repeating it [default: everything that the user may]
        #[arg(long, value_delimiter = ',')]
        scope: Vec<Scope>,
        /// Limit it to one database, by name [default: every database of the user]
        #[arg(long, value_name = "NAME")]
        database: Option<String>,
        /// After how many days it expires [default: never]
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
    },
}

pub async fn run(site: &Site, command: Command) -> Result<(), Failure> {
    let Command::Add {
        email,
        name,
        scope,
        database,
        days,
    } = command;
    let email =
        Email::parse_existing(&email).ok_or("Give an e-mail address such as ann@example.com.")?;
    let user = User::find_by_email(&site.store, &email).await?;
    let user = user.ok_or_else(|| {
        format!("There is no user {email}. Add one with `dataclips user add {email}`.")
    })?;
    let scopes = match scope.is_empty() {
        true => Scope::ALL.to_vec(),
        false => scope,
    };
    let expires_at =
        days.map(|days| Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days)));
    let database = match &database {
        Some(name) => Some(find_database(site, name).await?),
        None => None,
    };
    let new = NewToken {
        name: &name,
        scopes: &scopes,
        database: database.as_ref(),
        expires_at,
    };
    let token = Token::create(&site.store, &user, &new).await?;
    writeln!(std::io::stdout(), "{}", token.as_str())?;
    Ok(())
}

async fn find_database(site: &Site, name: &str) -> Result<Database, Failure> {
    let database = Database::find_by_name(&site.store, name).await?;
    Ok(database.ok_or_else(|| format!("There is no database “{name}”."))?)
}
