//! The command line: `dataclips` and its commands. They work while the server runs and while it does not.

mod backup;
mod database;
mod serve;
mod site;
mod token;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{LogSettings, Problems, Settings};
use site::Site;

/// Turns a SQL query into a link: a page, CSV, JSON or Excel for whoever may see it.
///
/// Settings are flags or environment variables, one name each. Without DATABASE_URL everything is kept in the data
/// directory, by a private PostgreSQL. Databases to query may also be named in the environment:
/// DATACLIPS_DATABASE_<NAME>_URL and HEROKU_POSTGRESQL_<COLOUR>_URL.
#[derive(Parser)]
#[command(name = "dataclips", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server (the default)
    Serve,
    /// People
    #[command(subcommand)]
    User(user::Command),
    /// Secrets for the API that stand for a user
    #[command(subcommand)]
    Token(token::Command),
    /// Databases that clips query
    #[command(subcommand)]
    Database(database::Command),
    /// Write all clips with their versions to standard output, as JSON
    Export,
    /// Read clips from standard input, as `export` wrote them
    Import,
}

/// What a command that could not do its work says: a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(&arguments.settings.log());
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("The program cannot start its threads: {error}.")),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&explain(&*failure)),
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.settings.check().map_err(list)?;
    let command = arguments.command.unwrap_or(Command::Serve);
    if let Command::Serve = command {
        return serve::run(config).await;
    }
    let site = Site::open_for_command(&config).await?;
    let done = match command {
        Command::Serve => Ok(()),
        Command::User(command) => user::run(&site, command).await,
        Command::Token(command) => token::run(&site, command).await,
        Command::Database(command) => database::run(&site, &config, command).await,
        Command::Export => backup::export(&site).await,
        Command::Import => backup::import(&site).await,
    };
    site.close().await;
    done
}

/// Logs go to standard error: standard output belongs to the commands.
fn start_log(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if settings.as_json {
        subscriber.json().init();
    } else {
        subscriber.with_target(false).init();
    }
}

/// The sentence, and the causes that it does not name itself.
fn explain(failure: &(dyn std::error::Error + 'static)) -> String {
    let mut words = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let because = error.to_string();
        if !words.contains(&because) {
            words = format!("{words} ({because})");
        }
        cause = error.source();
    }
    words
}

fn list(problems: Problems) -> Failure {
    format!(
        "The settings cannot be used:\n- {}",
        problems.0.join("\n- ")
    )
    .into()
}

fn fail(message: &str) -> ExitCode {
    eprintln!("dataclips: {message}");
    ExitCode::FAILURE
}
