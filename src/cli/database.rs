//! `dataclips database`.

use clap::Subcommand;

use super::site::Site;
use super::user::read_secret;
use super::{Failure, explain_run};
use crate::config::Config;
use crate::model::{Database, Email, NewDatabase, OpenTo, Source};
use crate::postgres::ConnectionUrl;
use crate::result::Memory;
use crate::run::Runner;

#[derive(Subcommand)]
pub enum Command {
    /// Add a database that clips can query; its URL is read from standard input
    Add {
        name: String,
        /// Who can query it: `administrators`, `members`, or members' addresses separated by commas
        #[arg(long, default_value = "administrators")]
        open_to: String,
    },
}

pub async fn run(site: &Site, config: &Config, command: Command) -> Result<(), Failure> {
    let Command::Add { name, open_to } = command;
    let open_to = parse_open_to(&open_to)?;
    let url = ConnectionUrl::parse(&read_secret("the URL")?)?;
    let runner = Runner::new(
        config.limits,
        Memory::new(config.memory_bytes_max),
        site.identity().await?,
    );
    let report = runner
        .inspect(&url)
        .await
        .map_err(|failure| explain_run(&failure))?;
    for warning in &report.warnings {
        eprintln!("Warning ({}): {}", warning.grade, warning.sentence);
        if let Some(sql) = &warning.sql {
            eprintln!("  {}", sql.replace('\n', "\n  "));
        }
    }
    let new = NewDatabase {
        name: &name,
        url: &url,
        open_to: &open_to,
        source: Source::Added,
    };
    let database = Database::create(&site.store, &site.key, &new).await?;
    eprintln!("Added the database “{}”.", database.name);
    Ok(())
}

fn parse_open_to(text: &str) -> Result<OpenTo, Failure> {
    match text {
        "administrators" => Ok(OpenTo::Administrators),
        "members" => Ok(OpenTo::Members),
        _ => {
            let emails = text.split(',').map(Email::parse).collect::<Option<_>>();
            Ok(OpenTo::Named(emails.ok_or(
                "--open-to must be `administrators`, `members`, or e-mail addresses separated by commas.",
            )?))
        }
    }
}
