//! `dataclips serve`: what it prints, how the first administrator comes in, how it stops.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::program::{Program, Serving};
use crate::support::{Client, connect, free_port, shared, status_and_body};

const WELCOME: &str = "Create the first administrator (this link works only once): ";

async fn follow(visitor: &Client, link: &str, email: &str, password: &str) -> (u16, String) {
    let typed = [("email", email), ("password", password)];
    let answer = visitor.submit(link, &typed).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The path of the link for the first administrator.
fn welcome(program: &Program) -> String {
    let printed = program.done(&["welcome"], "");
    let link = printed.lines().find_map(|line| line.strip_prefix(WELCOME));
    let (_, secret) = link.unwrap().split_once("/welcome/").unwrap();
    format!("/welcome/{secret}")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_welcome_link_makes_one_administrator_and_ends() {
    let program = Program::on_empty_store().await;
    let mut server = program.serve();
    let link = welcome(&program);
    let visitor = server.visitor();
    assert_eq!(visitor.get(&link).await.status(), 200);
    assert_eq!(visitor.get(&format!("{link}x")).await.status(), 404);
    assert_eq!(visitor.get("/welcome/guess").await.status(), 404);
    for (email, password, words) in [
        ("ada@example.com", "short", "at least 8 characters"),
        ("ada", "correct horse", "ann@example.com"),
    ] {
        let (status, page) = follow(&visitor, &link, email, password).await;
        assert!(status == 422 && page.contains(words), "{status} {page}");
        assert!(
            !page.contains(password)
                || password == "correct horse" && !page.contains("correct horse"),
            "{page}"
        );
    }
    // It stays the same, and is not in what a service prints.
    let second = program.serve();
    assert_eq!(welcome(&program), link);
    server.line("There is no administrator yet: `dataclips welcome`");
    let printed = server.lines().concat() + &second.lines().concat();
    assert!(!printed.contains("/welcome/"), "{printed}");

    let (status, page) = follow(&visitor, &link, "ada@example.com", "correct horse").await;
    assert_eq!(status, 303, "{page}");
    let front = visitor.get("/").await.text().await.unwrap();
    assert!(front.contains("ada@example.com"), "{front}");
    for server in [&server, &second] {
        assert_eq!(server.visitor().get(&link).await.status(), 404);
        assert_eq!(
            follow(&server.visitor(), &link, "eve@example.com", "correct horse")
                .await
                .0,
            404
        );
    }
    assert!(second.stop().success());
    let third = program.serve();
    assert_eq!(third.visitor().get("/healthz").await.status(), 200);
    assert!(
        !third.lines().iter().any(|line| line.starts_with(WELCOME)),
        "{:?}",
        third.lines()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_welcome_link_also_ends_with_an_administrator_from_the_command_line() {
    let program = Program::on_empty_store().await;
    let server = program.serve();
    let link = welcome(&program);
    program.done(&["user", "add", "mia@example.com"], "correct horse");
    assert_eq!(
        server.visitor().get(&link).await.status(),
        200,
        "a member is no administrator"
    );
    program.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    assert_eq!(server.visitor().get(&link).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_reported() {
    let program = Program::on_empty_store().await;
    let server = program.serve();
    let address = server.url.strip_prefix("http://").unwrap();
    let said = program
        .clone()
        .with("DATACLIPS_LISTEN", address)
        .refused(&["serve"], "");
    assert!(
        said.contains(address) && said.contains("DATACLIPS_LISTEN"),
        "{said}"
    );
    assert!(said.contains("in use"), "{said}");
    assert_eq!(server.visitor().get("/readyz").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_the_environment_are_there_when_the_server_starts() {
    let program = Program::on_empty_store().await;
    program.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    let token = program.done(&["token", "add", "ada@example.com", "--name", "x"], "");
    let database = crate::support::empty_database().await;
    let name = database.rsplit_once('/').unwrap().1.to_owned();
    let reader = shared().socket_url("reader", &name);
    let own = program.clone();
    let names = async |server: &Serving| -> Vec<Value> {
        let (_, body) = status_and_body(server.client(&token).get("/api/v1/databases").await).await;
        let databases = body["databases"].as_array().unwrap().clone();
        databases
            .into_iter()
            .map(|database| database["name"].clone())
            .collect()
    };
    let with = own.with("DATACLIPS_DATABASE_SALES_URL", &reader).with(
        "HEROKU_POSTGRESQL_COPPER_URL",
        &shared().socket_url("reader", "nothing_there"),
    );
    let server = with.serve();
    assert_eq!(names(&server).await, ["copper", "sales"]);
    let beside = program.serve();
    assert_eq!(names(&beside).await, ["copper", "sales"]);
    assert!(server.stop().success());
    assert!(beside.stop().success());
    let server = program.serve();
    assert_eq!(names(&server).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_asks_whether_the_server_is_ready() {
    let program = Program::on_empty_store().await;
    let server = program.serve();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let asking = program.clone().with("DATACLIPS_LISTEN", &address);
    assert_eq!(asking.done(&["ready"], ""), "ready\n");
    let client = connect(&program.setting("DATABASE_URL")).await.unwrap();
    client
        .batch_execute("drop table refinery_schema_history")
        .await
        .unwrap();
    assert!(
        asking
            .refused(&["ready"], "")
            .contains("Restart this server")
    );
    assert!(server.stop().success());
    assert!(
        asking
            .refused(&["ready"], "")
            .contains("No server can be reached at")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_its_own_shows_the_metrics_without_a_token() {
    let address = format!("127.0.0.1:{}", free_port());
    let program = Program::on_empty_store().await;
    let program = program.with("DATACLIPS_METRICS_LISTEN", &address);
    let program = program.with("DATACLIPS_HEADER_TIMEOUT", "1s");
    let server = program.with("DATACLIPS_IDLE_TIMEOUT", "1s").serve();
    let monitoring = Client::new(&format!("http://{address}"));
    let numbers = monitoring.get("/metrics").await;
    assert_eq!(numbers.status(), 200);
    let numbers = numbers.text().await.unwrap();
    assert!(numbers.contains("\ndataclips_build_info{"), "{numbers}");
    assert_eq!(monitoring.get("/").await.status(), 404);
    assert_eq!(server.visitor().get("/metrics").await.status(), 401);
    // A connection without a request is closed.
    let mut silent = TcpStream::connect(&address).await.unwrap();
    let mut byte = [0; 1];
    let read = timeout(Duration::from_secs(10), silent.read(&mut byte));
    assert!(matches!(read.await, Ok(Ok(0) | Err(_))));
    assert!(server.stop().success());
}
