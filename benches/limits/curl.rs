//! One request by curl, as a whole process.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::outcome::{Outcome, read};

const FACTS: &str =
    "%{http_code} %{size_download} %header{x-dataclips-rows} %header{x-dataclips-truncated}";

/// A successful response.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    pub bytes: u64,
    /// The number of rows, if they are all there and curl is new enough to report headers.
    pub rows: Option<usize>,
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

/// The status and the body of a response that is a refusal.
pub fn refusal(url: &str) -> Outcome<String> {
    read(command(url, Path::new("-")).args(["-w", "%{http_code}"]))
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
    if !output.status.success() {
        return Err(format!("curl ended with {}", output.status).into());
    }
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
    match facts.split(' ').collect::<Vec<_>>()[..] {
        ["200", bytes, rows, is_truncated] => Ok(Response {
            bytes: bytes.parse()?,
            rows: rows.parse().ok().filter(|_| is_truncated == "false"),
        }),
        _ => Err(format!("not a successful response: status and length are {facts}").into()),
    }
}
