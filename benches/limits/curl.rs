//! One request by curl, as a whole process.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::outcome::{Outcome, read};

const FACTS: &str = "%{http_code} %{size_download}";

/// A good answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub bytes: u64,
}

/// Fetches it and throws it away; any answer but 200 is a failure.
pub fn fetch(url: &str) -> Outcome<Answer> {
    parse(&read(
        command(url, Path::new("/dev/null")).args(["-w", FACTS]),
    )?)
}

/// The same into a file.
pub fn save(url: &str, path: &Path) -> Outcome<Answer> {
    parse(&read(command(url, path).args(["-w", FACTS]))?)
}

/// Fetches them all at the same time, and tells how each ended.
pub fn fetch_at_once(urls: &[String]) -> Outcome<Vec<Outcome<Answer>>> {
    let children: Vec<Child> = urls
        .iter()
        .map(|url| {
            let mut command = command(url, Path::new("/dev/null"));
            command.args(["-w", FACTS]).stdout(Stdio::piped()).spawn()
        })
        .collect::<Result<_, _>>()?;
    Ok(children.into_iter().map(end).collect())
}

fn end(child: Child) -> Outcome<Answer> {
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

fn parse(facts: &str) -> Outcome<Answer> {
    match facts.split_once(' ') {
        Some(("200", bytes)) => Ok(Answer {
            bytes: bytes.parse()?,
        }),
        _ => Err(format!("the answer is no good one: status and length are {facts}").into()),
    }
}
