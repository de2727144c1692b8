//! More connections than the server serves, and requests that name no host, or two.

use dataclips::web::ConnectionLimits;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{PATIENT, connect, read_to_end, send};
use crate::support::Server;

/// Requests a path from one of this machine's own addresses, over a connection of its own.
async fn get_from(server: &Server, from: [u8; 4], path: &str) -> Response {
    let client = Client::builder().local_address(std::net::IpAddr::from(from));
    let client = client.build().unwrap();
    let request = client.request(Method::GET, format!("{}{path}", server.url));
    request.send().await.unwrap()
}

/// Has this many connections wait for runs that take as long as the test.
async fn busy(server: &Server, connections: usize) -> Vec<JoinHandle<Response>> {
    let superuser = server.superuser().await;
    let mut waiting = Vec::new();
    for _ in 0..connections {
        let clip = server.create_clip("select pg_sleep(120)").await;
        let (visitor, path) = (server.anonymous(), format!("/{}.csv", clip.slug));
        waiting.push(tokio::spawn(async move { visitor.get(&path).await }));
    }
    let sql = "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(120)%' and pid <> pg_backend_pid()";
    loop {
        let running: i64 = superuser.query_one(sql, &[]).await.unwrap().get(0);
        if running == connections as i64 {
            return waiting;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_makes_room_for_another() {
    let server = Server::with_connections(ConnectionLimits {
        connections_max: 3,
        ..PATIENT
    })
    .await;
    let mut first = connect(&server).await;
    let others = [(); 20].map(|()| server.anonymous());
    for other in &others {
        assert_eq!(other.get("/sign-in").await.status(), 200);
    }
    assert_eq!(read_to_end(&mut first).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn if_all_are_busy_only_health_checks_are_answered() {
    let server = Server::with_connections(ConnectionLimits {
        connections_max: 2,
        ..PATIENT
    })
    .await;
    let waiting = busy(&server, 2).await;
    // Silent ones do not keep health checks out either.
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(connect(&server).await);
    }
    for path in ["/healthz", "/readyz"] {
        let answer = server.anonymous().get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["connection"], "close");
    }
    let page = server.anonymous().get("/sign-in").await;
    assert_eq!(page.status(), 503);
    assert_eq!(page.headers()["retry-after"], "5");
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("Try again in a moment.")
    );
    let rows = server.anonymous().get("/abc.csv").await;
    assert_eq!(rows.status(), 503);
    let body: Value = rows.json().await.unwrap();
    assert_eq!(body["error"]["code"], json!("busy"));
    waiting.iter().for_each(JoinHandle::abort);
    server.no_query_is_left().await;
    assert_eq!(server.anonymous().get("/sign-in").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_take_all_connections() {
    let server = Server::with_connections(ConnectionLimits {
        per_address_max: Some(2),
        ..PATIENT
    })
    .await;
    let waiting = busy(&server, 2).await;
    for (from, status) in [([127, 0, 0, 1], 503), ([127, 0, 0, 2], 200)] {
        let answer = get_from(&server, from, "/sign-in").await;
        assert_eq!(answer.status(), status, "{from:?}");
    }
    waiting.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host() {
    let server = Server::start().await;
    let one = "Host: a\r\n";
    for (version, hosts, status) in [
        ("1.1", "", 400),
        ("1.1", "Host: a\r\nHost: a\r\n", 400),
        ("1.1", "Host: a\r\nhost: b\r\n", 400),
        ("1.0", "Host: a\r\nHost: b\r\n", 400),
        ("1.1", one, 200),
        ("1.0", "", 200),
    ] {
        let request = format!("GET /healthz HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        let answer = read_to_end(&mut send(&server, &request).await).await;
        let line = answer.lines().next().unwrap();
        assert!(line.contains(&status.to_string()), "{hosts:?}: {line}");
    }
    let request = "GET /api/v1/clips HTTP/1.1\r\nConnection: close\r\n\r\n";
    let answer = read_to_end(&mut send(&server, request).await).await;
    assert!(
        answer.contains("content-type: application/json"),
        "{answer}"
    );
    assert!(
        answer.contains(r#"{"error":{"code":"bad_request""#),
        "{answer}"
    );
}
