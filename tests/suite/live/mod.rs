//! Results that last: numbered, shared, stored, and still there after everything died.

mod elsewhere;
mod failures;
mod freshness;
mod jobs;
mod killed;
mod max_age;
mod numbering;
mod one_run;
mod parameters;
mod retention;
mod running;
mod servers;
mod sets;
mod stored;

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::Value;

use crate::cli::program::{Program, Serving};
use crate::http::{ask, ask_with, change, header, remove};
use crate::run::certificates::{certificates, present};
use crate::support::{Client, Clip, Server, empty_database, free_port, shared, status_and_body};

/// Every suffix.
pub const FORMATS: [&str; 7] = [".csv", ".tsv", ".json", ".ndjson", ".xml", ".xls", ".xlsx"];

/// The query of clips on [`Moods`].
pub const MOOD: &str = "select mood from moods";

/// A queried table with one mood in it, which changes.
pub struct Moods(tokio_postgres::Client);

/// The program over a store of its own, with an administrator and a database `data`.
pub struct Site {
    pub program: Program,
    pub token: String,
    /// Whose queried database it shares.
    pub server: Server,
    /// Where it listens.
    pub address: String,
}

impl Moods {
    pub async fn create(server: &Server) -> Self {
        Self::create_by(server.superuser().await).await
    }

    /// In the database that this superuser is connected to.
    pub async fn create_by(superuser: tokio_postgres::Client) -> Self {
        superuser
            .batch_execute(
                "create table moods (mood text);
                 insert into moods values ('calm');
                 grant select on moods to reader",
            )
            .await
            .unwrap();
        Self(superuser)
    }

    /// Without reading the table: reads are counted.
    pub async fn turn(&self, mood: &str) {
        let sql = format!("truncate moods; insert into moods values ('{mood}')");
        self.0.batch_execute(&sql).await.unwrap();
    }

    /// From then on the clip's query fails.
    pub async fn drop(&self) {
        self.0.batch_execute("drop table moods").await.unwrap();
    }

    /// How often a query read the table to its end, counted by PostgreSQL. Ends every session of the server there: a
    /// session reports its counts when it ends at the latest.
    pub async fn reads(&self) -> i64 {
        end_sessions(&self.0).await;
        let version = "select current_setting('server_version_num')::int";
        let version: i32 = self.0.query_one(version, &[]).await.unwrap().get(0);
        if version < 150_000 {
            // Another process counts, and writes its counts down every half second.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let count = "select seq_scan from pg_stat_user_tables where relname = 'moods'";
        self.0.query_one(count, &[]).await.unwrap().get(0)
    }
}

/// Ends the sessions of runs in this database, and waits for that.
pub async fn end_sessions(superuser: &tokio_postgres::Client) {
    let end = "select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and usename = 'reader'";
    let deadline = Instant::now() + Duration::from_secs(5);
    while superuser.execute(end, &[]).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "a session does not end");
    }
}

impl Site {
    pub async fn new() -> Self {
        Self::connected(|user, database| shared().socket_url(user, database)).await
    }

    /// Its connections to the store and to the database use TLS, as they do in production.
    pub async fn encrypted() -> Self {
        let cluster = shared();
        present(cluster, &certificates("ours", "localhost"));
        let postgres = cluster.connect("postgres", "postgres").await;
        for sql in [
            "alter system set ssl_cert_file = '../server.pem'",
            "alter system set ssl_key_file = '../server.key'",
            "alter system set ssl = on",
            "select pg_reload_conf()",
        ] {
            postgres.batch_execute(sql).await.unwrap();
        }
        Self::connected(|user, database| cluster.host_url(user, "127.0.0.1", database)).await
    }

    async fn connected(url: impl Fn(&str, &str) -> String) -> Self {
        let server = Server::start().await;
        // Its address is in its responses: a restart must not change it.
        let address = format!("127.0.0.1:{}", free_port());
        let store = empty_database().await;
        let (_, store) = store.rsplit_once('/').unwrap();
        let program = Program::on_store(&url("keeper", store)).with("DATACLIPS_LISTEN", &address);
        program.done(
            &["user", "add", "ada@example.com", "--role", "administrator"],
            "correct horse",
        );
        let token = program.done(&["token", "add", "ada@example.com", "--name", "t"], "");
        program.done(&["database", "add", "data"], &url("reader", &server.data));
        Self {
            program,
            token,
            server,
            address,
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.program = self.program.with(name, value);
        self
    }

    /// A running server, and its administrator.
    pub fn serve(&self) -> (Serving, Client) {
        let serving = self.program.serve();
        let ada = serving.client(&self.token);
        (serving, ada)
    }
}

/// A clip's results as the API lists them, the newest first.
pub async fn results(client: &Client, clip: &Clip) -> Vec<Value> {
    let path = format!("/api/v1/clips/{}/results", clip.slug);
    let (status, body) = status_and_body(client.get(&path).await).await;
    assert_eq!(status, 200, "{body}");
    body["results"].as_array().unwrap().clone()
}

/// Waits until the rows of this result of version 1 are kept.
pub async fn is_kept(client: &Client, clip: &Clip, result: u64) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let results = results(client, clip).await;
        let kept = results
            .iter()
            .any(|one| one["version"] == 1 && one["result"] == result && one["kept"] == true);
        if kept {
            return;
        }
        assert!(Instant::now() < deadline, "{result} is not in {results:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Pins a clip over the API; without a body, to its newest result.
pub async fn pin(client: &Client, clip: &Clip, body: Option<&Value>) -> Response {
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    let request = client.request(Method::PUT, &path);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    request.send().await.unwrap()
}

pub async fn unpin(client: &Client, clip: &Clip) -> Response {
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    client.delete(&path).await
}

pub async fn bytes(client: &Client, clip: &Clip, rest: &str) -> Vec<u8> {
    let answer = ask(client, clip, rest).await;
    let status = answer.status();
    let bytes = answer.bytes().await.unwrap();
    assert_eq!(status, 200, "{rest}: {}", String::from_utf8_lossy(&bytes));
    bytes.to_vec()
}
