//! The limits of a run: rows, bytes, time, connections, and clients that leave.

mod connections;
mod leaving;
mod queue;
mod sharing;
mod silence;
mod size;
mod stubborn;
mod time;

use std::time::{Duration, Instant};

use reqwest::Response;
use tokio::task::JoinHandle;

use crate::support::{Clip, Server};

const SLEEP: &str = "select pg_sleep(30)";

/// A client that waits for a response, or leaves.
struct Visitor(JoinHandle<Response>);

impl Visitor {
    fn asks(server: &Server, clip: &Clip, format: &str) -> Self {
        let client = server.anonymous();
        let path = match format {
            "" => format!("/{}", clip.slug),
            format => format!("/{}.{format}", clip.slug),
        };
        Self(tokio::spawn(async move { client.get(&path).await }))
    }

    async fn answer(mut self) -> Response {
        (&mut self.0).await.unwrap()
    }

    /// Closes the connection without an answer.
    async fn leaves(mut self) {
        self.0.abort();
        assert!((&mut self.0).await.is_err(), "the answer was there already");
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The process of the one run in the queried database that matches, once there is one.
async fn run_that(server: &Server, is: &str) -> i32 {
    let superuser = server.superuser().await;
    let sql = format!(
        "select pid from pg_stat_activity
         where datname = current_database() and application_name ~ '^dataclips (clip|preview) ' and {is}"
    );
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let runs = superuser.query(&sql, &[]).await.unwrap();
        if let [run] = &runs[..] {
            return run.get(0);
        }
        assert!(Instant::now() < deadline, "no run that {is} within 10 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
