//! `dataclips user`.

use std::io::Read;

use clap::Subcommand;

use super::Failure;
use super::site::Site;
use crate::config::Config;
use crate::model::{Email, Estate, FormerLinks, LeftClips, NewOwner, Person, Role, User};

const NO_ADDRESS: &str = "Give an e-mail address such as ann@example.com.";

#[derive(Subcommand)]
pub enum Command {
    /// Add a user; the password is read from standard input
    Add {
        email: String,
        #[arg(long, value_enum, default_value = "member")]
        role: Role,
    },
    /// Delete a user for good, with their sessions, tokens, clip links and shares
    Delete {
        email: String,
        /// Who gets their clips
        #[arg(long, value_name = "EMAIL", conflicts_with = "remove_clips")]
        clips_to: Option<String>,
        /// Keep their clip links, for the new owner
        #[arg(long, requires = "clips_to")]
        keep_links: bool,
        /// Remove their clips instead; administrators can restore them
        #[arg(long)]
        remove_clips: bool,
    },
}

pub async fn run(site: &Site, config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { email, role } => add(site, &email, role).await,
        Command::Delete {
            email,
            clips_to,
            keep_links,
            remove_clips,
        } => {
            let person = find(site, &email).await?;
            let accounts = config.provider.as_ref().map(|provider| &provider.accounts);
            person
                .keep_way_in(accounts.and_then(|accounts| accounts.password_only_for.as_ref()))?;
            let owner;
            let left = match clips_to {
                Some(email) => {
                    owner = new_owner(site, &email).await?;
                    LeftClips::GivenTo(&owner, FormerLinks::from_keep(keep_links))
                }
                None if remove_clips => LeftClips::Removed,
                None => LeftClips::None,
            };
            delete(site, &person, left).await
        }
    }
}

async fn add(site: &Site, email: &str, role: Role) -> Result<(), Failure> {
    let email = Email::parse(email).ok_or(NO_ADDRESS)?;
    let user = User::create(&site.store, &email, role, &read_secret("the password")?).await?;
    eprintln!("Added {} as {}.", user.email, user.role.as_str());
    Ok(())
}

async fn delete(site: &Site, person: &Person, left: LeftClips<'_>) -> Result<(), Failure> {
    let clips = Estate::of(&site.store, person).await?.clips;
    if clips > 0 && matches!(left, LeftClips::None) {
        return Err(format!(
            "{} owns clips: {clips}. Say what becomes of them: --clips-to EMAIL gives them to another person, --remove-clips removes them.",
            person.user.email
        )
        .into());
    }
    person.delete(&site.store, left, None).await?;
    eprintln!("Deleted {}.", person.user.email);
    Ok(())
}

async fn find(site: &Site, email: &str) -> Result<Person, Failure> {
    let email = Email::parse_existing(email).ok_or(NO_ADDRESS)?;
    let person = Person::find_by_email(&site.store, &email).await?;
    Ok(person.ok_or_else(|| format!("There is no user {email}."))?)
}

async fn new_owner(site: &Site, email: &str) -> Result<NewOwner, Failure> {
    let email = Email::parse_existing(email).ok_or(NO_ADDRESS)?;
    let owner = NewOwner::find(&site.store, &email).await?;
    Ok(owner.ok_or_else(|| {
        format!(
            "{email} cannot own clips: give them to a member or an administrator who can sign in."
        )
    })?)
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
