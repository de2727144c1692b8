//! The command line: `dataclips` and its commands. They work whether the server is running or not.

mod backup;
mod clip;
mod database;
mod doctor;
mod key;
mod ready;
mod serve;
mod site;
mod stopping;
mod token;
mod user;
mod welcome;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::runtime::Builder;

use super::run;
use crate::config::{Config, LogSettings, Problems, Settings};
use crate::model::Actor;
use site::Site;

/// Turns a SQL query into a link: a page, CSV, JSON or Excel for everyone who may see it.
///
/// Each setting is a flag or an environment variable. Without DATABASE_URL, everything is kept in the data
/// directory, in a private PostgreSQL. Databases to query can also be set in the environment:
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
    /// Ask the server on this machine whether it is ready; exits with 1 if it is not
    Ready,
    /// Examine the health of a database; exits with 1 if a check is red
    Doctor(doctor::Doctor),
    #[command(flatten)]
    Task(Task),
}

/// Commands that work on the store and then exit.
#[derive(Subcommand)]
enum Task {
    /// People
    #[command(subcommand)]
    User(user::Command),
    /// API tokens: secrets that let a program act as a user
    #[command(subcommand)]
    Token(token::Command),
    /// Databases that clips query
    #[command(subcommand)]
    Database(database::Command),
    /// The secret key, which encrypts database URLs and mails in the store
    #[command(subcommand)]
    Key(key::Command),
    /// Show the clip with a number, which logs and pg_stat_activity have
    Clip { number: i64 },
    /// Print the link for the first administrator, while there is none, and those of the sample clips
    Welcome,
    /// Write all clips with their versions to standard output, as JSON
    Export(backup::Export),
    /// Read clips from standard input, as written by `export`
    Import(backup::Import),
}

/// Why a command failed: a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;

pub fn main() -> ExitCode {
    let arguments = parse();
    let (log, config) = (arguments.settings.log(), arguments.settings.check());
    let (log, config) = match (log, config) {
        (Ok(log), Ok(config)) => (log, config),
        (log, config) => return fail(&list(log.err(), config.err())),
    };
    start_log(log);
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers())
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("Dataclips cannot start its threads: {error}.")),
    };
    match runtime.block_on(execute(arguments.command, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&explain(&*failure)),
    }
}

fn parse() -> Arguments {
    let mut command = Arguments::command();
    let matches = command.get_matches_mut();
    // Clap's own conflict would count the URL in the environment, too, and its own check of a value would print the URL.
    let mistake = matches
        .subcommand_matches("doctor")
        .and_then(doctor::mistake);
    if let Some((kind, sentence)) = mistake
        && let Some(doctor) = command.find_subcommand_mut("doctor")
    {
        doctor.error(kind, sentence).exit();
    }
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Leaves one core to the blocking threads, which encode, compress and hash passwords. They are busier than the request
/// workers; where cores are few, one worker for each core would take time from them.
fn workers() -> usize {
    let cores = available_parallelism().map_or(1, usize::from);
    (cores - 1).max(1)
}

async fn execute(command: Option<Command>, config: Config) -> Result<(), Failure> {
    let task = match command {
        None | Some(Command::Serve) => return serve::run(config).await,
        Some(Command::Ready) => return ready::run(config.listen).await,
        Some(Command::Doctor(doctor)) => return doctor::run(&config, doctor).await,
        Some(Command::Task(task)) => task,
    };
    let site = Site::open_for_command(&config).await?;
    let work = perform(task, &site, &config);
    let done = Actor::on_command_line().act(work).await;
    site.close().await;
    done
}

async fn perform(task: Task, site: &Site, config: &Config) -> Result<(), Failure> {
    match task {
        Task::User(command) => user::run(site, config, command).await,
        Task::Token(command) => token::run(site, command).await,
        Task::Database(command) => database::run(site, config, command).await,
        Task::Key(command) => key::run(site, command).await,
        Task::Clip { number } => clip::show(site, config, number).await,
        Task::Welcome => welcome::show(site, config).await,
        Task::Export(export) => backup::export(site, export).await,
        Task::Import(import) => backup::import(site, import).await,
    }
}

/// Logs go to standard error: standard output is for the commands' output.
fn start_log(settings: LogSettings) {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(settings.filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if settings.as_json {
        subscriber.json().init();
    } else {
        subscriber.with_target(false).init();
    }
}

/// A database's failure with its advice, and SQL that helps.
fn explain_run(failure: &run::Failure) -> Failure {
    let mut lines = vec![failure.message()];
    lines.extend(failure.detail().map(str::to_owned));
    lines.extend(failure.advice());
    lines.extend(failure.remedy().map(str::to_owned));
    lines.join("\n").into()
}

/// The sentence, followed by causes that it does not mention itself.
fn explain(failure: &(dyn std::error::Error + 'static)) -> String {
    let mut sentence = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let because = error.to_string();
        if !sentence.contains(&because) {
            sentence = format!("{sentence} ({because})");
        }
        cause = error.source();
    }
    sentence
}

fn list(log: Option<Problems>, config: Option<Problems>) -> String {
    let problems = log
        .into_iter()
        .chain(config)
        .flat_map(|problems| problems.0);
    let lines: Vec<String> = problems.map(|problem| format!("\n- {problem}")).collect();
    format!("These settings cannot be used:{}", lines.concat())
}

fn fail(message: &str) -> ExitCode {
    eprintln!("dataclips: {message}");
    ExitCode::FAILURE
}
