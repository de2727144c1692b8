//! What the server logs, for tests that look for what must not be there.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use clap::{Args, Command, FromArgMatches};
use dataclips::config::Settings;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// Keeps what its thread logs, at the most detailed level that an administrator can set.
pub struct Log {
    lines: Lines,
    _log: DefaultGuard,
    _other: tracing::Dispatch,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn keep() -> Self {
        Self::keep_with(&[])
    }

    /// With more settings, as flags.
    pub fn keep_with(flags: &[&str]) -> Self {
        let lines = Lines::default();
        let log = tracing_subscriber::fmt()
            .with_env_filter(everything(flags))
            .with_ansi(false)
            .with_writer(lines.clone());
        Self {
            _log: log.finish().set_default(),
            // With two dispatchers, another thread that reaches a log line first cannot disable it for this thread.
            _other: tracing::Dispatch::new(NoSubscriber::default()),
            lines,
        }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn everything(more: &[&str]) -> EnvFilter {
    let command = Settings::augment_args(Command::new("dataclips"));
    let flags = [
        "dataclips",
        "--log",
        "trace,tokio_postgres=trace,tokio_postgres::query=trace",
    ];
    let flags = flags.iter().chain(more);
    let settings = Settings::from_arg_matches(&command.get_matches_from(flags)).unwrap();
    settings.log().unwrap().filter
}
