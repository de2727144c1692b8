//! What can go wrong while measuring: a sentence, which the table shows instead of numbers.

use std::error::Error;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes [`go_on`] fail from now on.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Checked before each round: Ctrl+C ends the benchmark like a failure, so that everything is stopped.
pub fn go_on() -> Outcome<()> {
    match INTERRUPTED.load(Ordering::Relaxed) {
        true => Err("interrupted".into()),
        false => Ok(()),
    }
}

/// Runs a command to its end; a failure includes its output.
pub fn run(command: &mut Command) -> Outcome<Output> {
    let output = command
        .output()
        .map_err(|error| format!("{} does not start: {error}", name(command)))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(format!(
            "{} ended with {}: {}",
            name(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )
        .into()),
    }
}

/// Like [`run`], and returns the standard output.
pub fn read(command: &mut Command) -> Outcome<String> {
    Ok(String::from_utf8(run(command)?.stdout)?)
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
