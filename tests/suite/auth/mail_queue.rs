//! Mails wait in the store until they are sent, by whichever server lives.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_postgres::Client as Store;

use crate::cli::program::Program;
use crate::people::{add, page};
use crate::support::{Client, Mailbox, Server, connect, empty_database, free_port};

async fn count(store: &Store, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    store.query_one(&sql, &[]).await.unwrap().get(0)
}

/// Waits until nothing is left to send.
async fn is_empty(store: &Store) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while count(store, "letters").await + count(store, "requested_mails").await > 0 {
        assert!(Instant::now() < deadline, "mails are left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whatever waits for its time may be sent now.
async fn make_due(store: &Store) {
    let sql = "update letters set due_at = now()";
    store.execute(sql, &[]).await.unwrap();
}

async fn undelivered(store: &Store) -> Option<String> {
    let sql = "select undelivered from one_time_links";
    store.query_one(sql, &[]).await.unwrap().get(0)
}

async fn invite(server: &Server, email: &str) -> serde_json::Value {
    let person = json!({"email": email, "role": "guest"});
    let answer = server.administrator.post("/api/v1/people", &person).await;
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_send_twenty_letters_once_each() {
    let (server, mailbox) = Server::with_mail().await;
    let other = server.beside().await;
    let store = server.app.store.client().await.unwrap();
    for number in 0..20 {
        add(&server, &format!("n{number}@example.com")).await;
    }
    let asked = "insert into requested_mails (email, purpose, next)
                 select 'n' || n || '@example.com', 'sign-in', '/' from generate_series(0, 19) as n";
    store.execute(asked, &[]).await.unwrap();
    is_empty(&store).await;
    let mails = mailbox.wait_for(20).await;
    let to: BTreeSet<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to.len(), 20);
    // One more that arrives proves that no other was on its way.
    invite(&other, "last@example.com").await;
    assert_eq!(mailbox.wait_for(21).await.len(), 21);
    for mail in &mails {
        let opened = server.anonymous().get(&mail.link()).await;
        assert_eq!(opened.status(), 200, "{}", mail.to);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_server_that_is_down_does_not_take_is_sent_later() {
    let port = free_port();
    let url = format!("smtp://sender:{}@127.0.0.1:{port}", Mailbox::PASSWORD);
    let server = Server::with_mail_by(&url).await;
    let store = server.app.store.client().await.unwrap();
    let invited = invite(&server, "ann@example.com").await;
    let why = invited["undelivered"].as_str().unwrap();
    assert!(why.ends_with("(it will be tried again)"), "{why}");
    let sealed: Vec<u8> = store
        .query_one("select sealed from letters", &[])
        .await
        .unwrap()
        .get(0);
    assert!(!String::from_utf8_lossy(&sealed).contains("enter"));
    // A minute later it is still down; then five minutes.
    make_due(&store).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let waits_longer = "select due_at > now() + interval '4 minutes' from letters";
    while !store
        .query_one(waits_longer, &[])
        .await
        .unwrap()
        .get::<_, bool>(0)
    {
        assert!(Instant::now() < deadline, "it is not tried again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mailbox = Mailbox::open_on(port).await;
    make_due(&store).await;
    is_empty(&store).await;
    let mail = mailbox.mail(1).await;
    assert_eq!(mail.to, "ann@example.com");
    assert!(invited["link"].as_str().unwrap().ends_with(&mail.link()));
    assert_eq!(undelivered(&store).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_is_tried_forever() {
    let (server, mailbox) = Server::with_mail().await;
    let store = server.app.store.client().await.unwrap();
    // The mail server knows better.
    let invited = invite(&server, "nobody@example.com").await;
    let why = invited["undelivered"].as_str().unwrap();
    assert!(
        why.contains("no such mailbox") && !why.contains("again"),
        "{why}"
    );
    assert_eq!(count(&store, "letters").await, 0);
    assert_eq!(mailbox.count(), 0);

    let down = Server::with_mail_by(&format!("smtp://127.0.0.1:{}", free_port())).await;
    let store = down.app.store.client().await.unwrap();
    invite(&down, "ann@example.com").await;
    store
        .execute("update letters set tries = 4", &[])
        .await
        .unwrap();
    make_due(&store).await;
    is_empty(&store).await;
    let why = undelivered(&store).await.unwrap();
    assert!(!why.contains("again"), "{why}");
    let people = page(&down.administrator, "/api/v1/people").await;
    assert!(people.contains("undelivered"), "{people}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_cannot_be_opened_waits_for_a_server_with_its_key() {
    let port = free_port();
    let url = format!("smtp://sender:{}@127.0.0.1:{port}", Mailbox::PASSWORD);
    let server = Server::with_mail_by(&url).await;
    let store = server.app.store.client().await.unwrap();
    invite(&server, "ann@example.com").await;
    let sealed = "select sealed from letters";
    let sealed: Vec<u8> = store.query_one(sealed, &[]).await.unwrap().get(0);
    let of_another_key = "update letters set sealed = 'x', tries = 4, due_at = now()";
    store.execute(of_another_key, &[]).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !undelivered(&store)
        .await
        .unwrap()
        .contains("another secret key")
    {
        assert!(Instant::now() < deadline, "nobody looks at it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let tries = "select tries from letters";
    let tries: i32 = store.query_one(tries, &[]).await.unwrap().get(0);
    assert_eq!(tries, 4);
    let mailbox = Mailbox::open_on(port).await;
    let of_its_key = "update letters set sealed = $1, due_at = now()";
    store.execute(of_its_key, &[&sealed]).await.unwrap();
    is_empty(&store).await;
    assert_eq!(mailbox.mail(1).await.to, "ann@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_ends_with_its_link() {
    let server = Server::with_mail_by(&format!("smtp://127.0.0.1:{}", free_port())).await;
    let store = server.app.store.client().await.unwrap();
    let first = invite(&server, "ann@example.com").await;
    let id = async || -> Option<i64> {
        let sql = "select max(id) from letters";
        store.query_one(sql, &[]).await.unwrap().get(0)
    };
    let earlier = id().await;
    let made = json!({"purpose": "invitation"});
    let path = "/api/v1/people/ann@example.com/link";
    server.administrator.post(path, &made).await;
    assert_eq!(count(&store, "letters").await, 1);
    assert_ne!(id().await, earlier);
    let (_, replaced) = first["link"]
        .as_str()
        .unwrap()
        .split_once("/enter/")
        .unwrap();
    let opened = server.anonymous().get(&format!("/enter/{replaced}")).await;
    assert_eq!(opened.status(), 404);
    let expired = "update one_time_links set expires_at = now()";
    store.execute(expired, &[]).await.unwrap();
    make_due(&store).await;
    server.app.tidy().await;
    assert_eq!(count(&store, "letters").await, 0);
}

/// It listens, and never says anything.
async fn silent_mail_server() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, format!("smtp://127.0.0.1:{port}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_was_to_send_is_sent_by_another() {
    let url = empty_database().await;
    let store = connect(&url).await.unwrap();
    let (silent, silent_url) = silent_mail_server().await;
    let program = Program::on_store(&url)
        .with("DATACLIPS_MAIL_FROM", "dataclips@example.com")
        .with("SMTP_URL", &silent_url);
    let person = ["user", "add", "ada@example.com", "--role", "administrator"];
    program.done(&person, "correct horse");
    let token = program.done(&["token", "add", "ada@example.com", "--name", "t"], "");
    let first = program.serve();

    // Ada forgot her password: the response is there before the mail is.
    let typed = [("email", "ada@example.com"), ("next", "/")];
    let asked = first.visitor().submit("/sign-in/forgotten", &typed).await;
    assert_eq!(asked.status(), 200);
    // And she invites somebody, whose mail she waits for.
    let ada: Client = first.client(&token);
    let person = json!({"email": "ann@example.com", "role": "guest"});
    let inviting = ada
        .request(Method::POST, "/api/v1/people")
        .json(&person)
        .send();
    let inviting = tokio::spawn(inviting);
    let mut held = Vec::new();
    while held.len() < 2 {
        held.push(silent.accept().await.unwrap());
    }
    first.kill();
    assert!(inviting.await.unwrap().is_err());
    assert_eq!(count(&store, "letters").await, 2);

    let mailbox = Mailbox::open().await;
    let second = program.with("SMTP_URL", &mailbox.url()).serve();
    make_due(&store).await;
    is_empty(&store).await;
    let mails = mailbox.wait_for(2).await;
    let to: BTreeSet<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, BTreeSet::from(["ada@example.com", "ann@example.com"]));
    for mail in &mails {
        let opened = second.visitor().get(&mail.link()).await;
        assert_eq!(opened.status(), 200, "{}", mail.to);
    }
    assert_eq!(mailbox.count(), 2);
}
