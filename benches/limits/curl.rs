//! One request by curl, as a whole process.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::outcome::{Outcome, read};

const FACTS: &str = "%{http_code} %{size_download}";

/// A successful response.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    pub bytes: u64,
}

/// Fetches and discards; any status other than 200 is a failure.
pub fn fetch(url: &str) -> Outcome<Response> {
    parse(&read(
        command(url, Path::new("/dev/null")).args(["-w", FACTS]),
    )?)
}

/// Fetches into a file.
pub fn save(url: &str, path: &Path) -> Outcome<Response> {
    parse(&read(command(url, path).args(["-w", FACTS]))?)
}

/// Fetches all at the same time, and returns how each ended.
pub fn fetch_at_once(urls: &[String]) -> Outcome<Vec<Outcome<Response>>> {
    let children: Vec<Child> = urls
        .iter()
        .map(|url| {
            let mut command = command(url, Path::new("/dev/null"));
            command.args(["-w", FACTS]).stdout(Stdio::piped()).spawn()
        })
        .collect::<Result<_, _>>()?;
    Ok(children.into_iter().map(end).collect())
}

fn end(child: Child) -> Outcome<Response> {
    let output = child.wait_with_output()?;
    parse(&String::from_utf8(output.stdout)?)
}

fn command(url: &str, into: &Path) -> Command {
    let mut command = Command::new("curl");
    command
        .args(["-s", "-S", "--max-time", "120", "-o"])
        .arg(into);
    command.arg(url);
    command
}

fn parse(facts: &str) -> Outcome<Response> {
    match facts.split_once(' ') {
        Some(("200", bytes)) => Ok(Response {
            bytes: bytes.parse()?,
        }),
        _ => Err(format!("not a successful response: status and length are {facts}").into()),
    }
}
