//! `dataclips doctor`: the health of a database, for a terminal, for cron and for CI.

use std::io::Write;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args};

use super::site::Site;
use super::{Failure, explain_run};
use crate::config::Config;
use crate::model::Database;
use crate::postgres::ConnectionUrl;
use crate::result::Memory;
use crate::run::doctor::{Blindness, Diagnosis, Examined, Finding, Grade};
use crate::run::{Failure as RunFailure, Identity, Runner, Target};
use crate::web::{ErrorBody, HealthBody, without_impossible_grants};

#[derive(Args)]
pub struct Doctor {
    /// The database's name in Dataclips; without it, the one at the URL is examined
    name: Option<String>,
    /// URL of a database to examine without a server or store of Dataclips
    #[arg(
        long,
        env = "DATACLIPS_DOCTOR_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    url: Option<String>,
    /// Print JSON, as the API does
    #[arg(long)]
    json: bool,
}

/// What is wrong with the arguments together, in a sentence without the URL. Beside a name, the URL in the environment does not
/// count.
pub fn mistake(doctor: &ArgMatches) -> Option<(ErrorKind, String)> {
    let is_typed = |id| doctor.value_source(id) == Some(ValueSource::CommandLine);
    if is_typed("name") {
        let sentence = "Give the doctor a database's name or a URL, not both.";
        return is_typed("url").then(|| (ErrorKind::ArgumentConflict, sentence.to_owned()));
    }
    let url = doctor.get_one::<String>("url").map(|url| url.trim());
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        let sentence = "Give the doctor a database's name, or its URL in DATACLIPS_DOCTOR_URL.";
        return Some((ErrorKind::MissingRequiredArgument, sentence.to_owned()));
    };
    let error = ConnectionUrl::parse(url).err()?;
    let from = match is_typed("url") {
        true => "--url",
        false => "DATACLIPS_DOCTOR_URL",
    };
    Some((ErrorKind::ValueValidation, format!("{from}: {error}")))
}

/// Prints what the checks find. A failure where one is red.
pub async fn run(config: &Config, doctor: Doctor) -> Result<(), Failure> {
    let diagnosis = match (&doctor.name, &doctor.url) {
        (Some(name), _) => known(config, name).await?,
        (None, Some(url)) => examine(config, Identity::none(), url_target(url)?).await,
        (None, None) => return Err("Neither a name nor a URL was given.".into()),
    };
    let mut output = std::io::stdout();
    let diagnosis = match diagnosis {
        Ok(diagnosis) => diagnosis,
        Err(failure) => {
            if doctor.json {
                let body = ErrorBody::with_details(&failure);
                writeln!(output, "{}", serde_json::to_string_pretty(&body)?)?;
            }
            return Err(explain_run(&failure));
        }
    };
    let name = doctor.name.as_ref().unwrap_or(&diagnosis.database);
    match doctor.json {
        true => {
            let body = HealthBody::new(name, &diagnosis);
            writeln!(output, "{}", serde_json::to_string_pretty(&body)?)?;
        }
        false => output.write_all(text(name, &diagnosis).as_bytes())?,
    }
    match diagnosis.of(Grade::Red).len() {
        0 => Ok(()),
        1 => Err("1 check is red.".into()),
        red => Err(format!("{red} checks are red.").into()),
    }
}

/// A database that Dataclips knows. The outer error is ours, such as an unknown name; the inner one is why it could not be examined.
async fn known(config: &Config, name: &str) -> Result<Result<Diagnosis, RunFailure>, Failure> {
    let site = Site::open_for_command(config).await?;
    let diagnosis = async {
        let database = Database::find_by_name(&site.store, name).await?;
        let database = database.ok_or_else(|| format!("There is no database “{name}”."))?;
        let url = database.url(&site.key)?;
        let target = Target::new(database.id, database.name.clone(), url);
        let diagnosis = examine(config, site.identity().await?, target).await;
        Ok(diagnosis.map(|diagnosis| without_impossible_grants(&database, diagnosis)))
    };
    let diagnosis = diagnosis.await;
    site.close().await;
    diagnosis
}

fn url_target(url: &str) -> Result<Target, Failure> {
    let url = ConnectionUrl::parse(url.trim());
    let url = url.map_err(|error| error.to_string())?;
    Ok(Target::new(0, String::new(), Arc::new(url)))
}

async fn examine(
    config: &Config,
    own_store: Identity,
    target: Target,
) -> Result<Diagnosis, RunFailure> {
    let memory = Memory::new(config.memory_bytes_max);
    let runner = Runner::new(config.limits, memory, own_store);
    runner.diagnose(&target).await
}

fn text(name: &str, diagnosis: &Diagnosis) -> String {
    let mut text = format!(
        "{name}: PostgreSQL {}, examined as {}\n",
        diagnosis.version, diagnosis.role
    );
    for grade in [Grade::Red, Grade::Amber] {
        text.extend(diagnosis.of(grade).into_iter().map(notable));
    }
    text.extend(diagnosis.blindnesses().iter().map(blind));
    let blind_in_part = diagnosis.of(Grade::Blind).into_iter();
    let blind_in_part = blind_in_part.filter(|examined| examined.blindness().is_none());
    text.extend(blind_in_part.map(notable));
    let green = diagnosis.of(Grade::Green).into_iter();
    text.extend(green.map(|examined| {
        format!(
            "\ngreen  {}: {}",
            examined.check.title, examined.check.healthy
        )
    }));
    text + "\n"
}

fn blind(blindness: &Blindness<'_>) -> String {
    format!(
        "\nblind  {}{}\n",
        blindness.titles(),
        lines(blindness.finding)
    )
}

fn notable(examined: &Examined) -> String {
    let findings = examined.notable().into_iter().map(lines);
    let why = match examined.grade() {
        Grade::Red | Grade::Amber => format!("\n       Why it matters: {}", examined.check.why),
        Grade::Blind | Grade::Green => String::new(),
    };
    format!(
        "\n{:<6} {}{}{why}\n",
        examined.grade().word(),
        examined.check.title,
        findings.collect::<String>()
    )
}

fn lines(finding: &Finding) -> String {
    let statement = finding.statement.iter().flat_map(|sql| sql.lines());
    let statement: String = statement
        .map(|line| format!("\n           {line}"))
        .collect();
    format!("\n       - {}{statement}", finding.sentence)
}
