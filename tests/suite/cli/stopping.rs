//! How `dataclips serve` stops: first it is not ready, then it accepts no connection, then it cuts what still runs.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_postgres::Client as Postgres;

use super::program::{Program, Serving};
use crate::support::{Client, empty_database, shared, status_and_body};

/// A server with a database that clips query.
struct Stage {
    server: Serving,
    ada: Client,
    postgres: Postgres,
}

impl Stage {
    async fn with(drain: &str, stop_max: &str) -> Self {
        let program = Program::on_empty_store()
            .await
            .with("DATACLIPS_DRAIN", drain)
            .with("DATACLIPS_STOP_MAX", stop_max);
        let role = ["user", "add", "ada@example.com", "--role", "administrator"];
        program.done(&role, "correct horse");
        let token = program.done(&["token", "add", "ada@example.com", "--name", "x"], "");
        let database = empty_database().await;
        let name = database.rsplit_once('/').unwrap().1.to_owned();
        let reader = shared().socket_url("reader", &name);
        program.done(&["database", "add", "data"], &reader);
        let server = program.serve();
        Self {
            ada: server.client(&token),
            postgres: shared().connect("postgres", &name).await,
            server,
        }
    }

    /// Asks for the rows of a query that sleeps, and returns once it runs.
    async fn sleep(&self, seconds: &str) -> JoinHandle<reqwest::Response> {
        let clip = self
            .ada
            .create_clip(&format!("select pg_sleep({seconds})"))
            .await;
        let (visitor, path) = (self.server.visitor(), format!("/{}.csv", clip.slug));
        let answer = tokio::spawn(async move { visitor.get(&path).await });
        until("the query runs", async || self.running().await == 1).await;
        answer
    }

    async fn running(&self) -> i64 {
        let sql = "select count(*) from pg_stat_activity
                   where datname = current_database() and state = 'active' and query like '%pg_sleep(%'
                   and pid <> pg_backend_pid()";
        self.postgres.query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn cuts(mut self, answer: JoinHandle<reqwest::Response>) {
        let answer = answer.await.unwrap();
        assert_eq!(answer.headers()["retry-after"], "5");
        let (status, body) = status_and_body(answer).await;
        let code = &body["error"]["code"];
        assert_eq!((status, code), (503, &json!("unavailable")), "{body}");
        assert!(self.server.wait().success());
        assert_eq!(self.running().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_too_long_for_a_server_that_stops_is_cut() {
    let stage = Stage::with("0s", "100ms").await;
    let answer = stage.sleep("120").await;
    stage.server.tell_to_stop();
    stage.cuts(answer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_or_a_second_signal_stops_at_once() {
    for begins_with_term in [true, false] {
        let stage = Stage::with("1h", "1h").await;
        let answer = stage.sleep("120").await;
        if begins_with_term {
            stage.server.tell_to_stop();
            let visitor = stage.server.visitor();
            until("it drains", async || {
                visitor.get("/readyz").await.status() == 503
            })
            .await;
        }
        stage.server.interrupt();
        stage.cuts(answer).await;
    }
}

/// Every request of a client that keeps its connections is answered until a balancer has noticed, and each answer ends its
/// connection; after that, none is accepted, and what runs gets its rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_fails_no_request() {
    let mut stage = Stage::with("1s", "20s").await;
    let visitor = stage.server.visitor();
    let clip = stage.ada.create_clip("select 1 as one").await;
    let path = format!("/{}.csv", clip.slug);
    for _ in 0..3 {
        let answer = visitor.get(&path).await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("connection"));
    }
    let slow = stage.sleep("2.5").await;
    let asked_at = Instant::now();
    stage.server.tell_to_stop();
    until("it is not ready", async || {
        visitor.get("/readyz").await.status() == 503
    })
    .await;
    let mut answered = 0;
    while asked_at.elapsed() < Duration::from_millis(800) {
        let answer = visitor.get(&path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["connection"], "close");
        answered += 1;
    }
    assert!(answered > 0);
    let address = stage.server.url.strip_prefix("http://").unwrap();
    until("connections are refused", async || {
        TcpStream::connect(address).await.is_err()
    })
    .await;
    let answer = slow.await.unwrap();
    assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
    assert!(stage.server.wait().success());
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
