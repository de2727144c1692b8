//! A slug is a secret: it is on no line of the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use clap::{Args, Command, FromArgMatches};
use dataclips::config::Settings;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use super::*;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
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

/// As much as an administrator can ask for.
fn everything() -> EnvFilter {
    let command = Settings::augment_args(Command::new("dataclips"));
    let flags = [
        "dataclips",
        "--log",
        "trace,tokio_postgres=trace,tokio_postgres::query=trace",
    ];
    let settings = Settings::from_arg_matches(&command.get_matches_from(flags)).unwrap();
    settings.log().unwrap().filter
}

/// On one thread, which this subscriber follows: everything happens on it.
#[tokio::test]
async fn the_log_tells_of_every_request_and_never_a_slug() {
    let lines = Lines::default();
    let log = tracing_subscriber::fmt()
        .with_env_filter(everything())
        .with_writer(lines.clone());
    let _log = log.finish().set_default();
    // While there are two, other threads that come to a line first cannot switch it off for this one.
    let _other = tracing::Dispatch::new(NoSubscriber::default());
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let failing = server.create_clip("select 1 / 0").await;
    let protected = server.create_clip("select 1 as a").await;
    protect(&server, &protected).await;
    for clip in [&clip, &failing, &protected] {
        for rest in ADDRESSES
            .into_iter()
            .chain([".pdf", "-text.csv?version=9", "/x"])
        {
            ask(&server.anonymous(), clip, rest).await;
        }
        change(&server, clip, json!({"title": "Other"})).await;
        remove(&server, clip).await;
        ask(&server.anonymous(), clip, ".csv").await;
    }
    server.app.store.close();
    ask(&server.anonymous(), &clip, ".csv").await;
    let text = lines.text();
    assert!(text.contains("request answered"), "{text}");
    assert!(text.contains("dataclips clip 1 version 1"), "{text}");
    for clip in [&clip, &failing, &protected] {
        let told = text.lines().find(|line| line.contains(&clip.slug));
        assert_eq!(told, None);
    }
}
