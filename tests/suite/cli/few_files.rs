//! A server that may open few files, and more connections than that.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::program::Program;
use crate::support::{empty_database, shared};

/// More than the server may open.
const SILENT: usize = 300;
const BOUND: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_keep_nobody_else_out() {
    let program = Program::on_empty_store().await;
    let role = ["user", "add", "ada@example.com", "--role", "administrator"];
    program.done(&role, "correct horse");
    let token = program.done(&["token", "add", "ada@example.com", "--name", "x"], "");
    let database = empty_database().await;
    let reader = shared().socket_url("reader", database.rsplit_once('/').unwrap().1);
    program.done(&["database", "add", "data"], &reader);
    // Most come from one address, or through a proxy.
    for proxies in ["0", "1"] {
        let server = program
            .clone()
            .with_files(256)
            .with("DATACLIPS_PROXIES", proxies);
        let server = server.serve();
        let address = server.url.strip_prefix("http://").unwrap();
        let mut silent = Vec::new();
        for _ in 0..SILENT {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let clip = server.client(&token).create_clip("select 7 as n").await;
        for (path, body) in [
            ("/healthz", "alive\n"),
            ("/readyz", "ready\n"),
            (&format!("/{}.csv", clip.slug), "n\n7\n"),
        ] {
            let visitor = server.visitor();
            let answer = timeout(BOUND, visitor.get(path)).await.expect(path);
            assert_eq!(answer.text().await.unwrap(), body);
        }
    }
}
