//! Clients that keep the server waiting: with a head, a body, the next request, or by not reading.

use std::time::{Duration, Instant};

use dataclips::web::ConnectionLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::{BOUND, PATIENT, SOON, TOO_LITTLE, connect, get, large_clip, read_to_end, send};
use crate::support::Server;

/// A pause between two pieces of what a client sends or reads.
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_on_which_nothing_arrives_is_closed() {
    let server = Server::with_connections(ConnectionLimits {
        header: SOON,
        ..PATIENT
    })
    .await;
    for beginning in ["", "GET / HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut stream = send(&server, beginning).await;
        assert!(!read_to_end(&mut stream).await.contains("200"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_trickles_is_cut_also_after_other_requests() {
    let server = Server::with_connections(ConnectionLimits {
        header: SOON,
        ..PATIENT
    })
    .await;
    for requests in [0, 1, 2] {
        let mut stream = connect(&server).await;
        for _ in 0..requests {
            stream.write_all(get("/healthz").as_bytes()).await.unwrap();
            read_until(&mut stream, "alive\n").await;
        }
        stream.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
        trickle(&mut stream).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_is_refused() {
    let server = Server::with_connections(ConnectionLimits {
        body: SOON,
        ..PATIENT
    })
    .await;
    let token = server.administrator.token();
    let json = format!(
        "POST /api/v1/preview HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    );
    let form = "POST /sign-in HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (head, said) in [
        (json.as_str(), "too_slow"),
        (form, "did not arrive in time"),
    ] {
        let mut stream = send(&server, head).await;
        let answer = trickle(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        assert!(answer.contains(said), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_keeps_arriving_has_more_time() {
    let server = Server::with_connections(ConnectionLimits {
        body: SOON,
        ..PATIENT
    })
    .await;
    let token = server.administrator.token();
    let body = format!("{{\"title\": \"x\"{}}}", " ".repeat(64 << 10));
    let head = format!(
        "POST /api/v1/clips HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = send(&server, &head).await;
    for piece in body.as_bytes().chunks(2 << 10) {
        sleep(PAUSE).await;
        stream.write_all(piece).await.unwrap();
    }
    let answer = read_to_end(&mut stream).await;
    assert!(!answer.contains("too_slow"), "{answer}");
    assert!(
        answer.contains("`database`") || answer.contains("database"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_another_request_is_closed() {
    let server = Server::with_connections(ConnectionLimits {
        idle: SOON,
        ..PATIENT
    })
    .await;
    let mut stream = send(&server, &get("/healthz")).await;
    assert!(read_to_end(&mut stream).await.ends_with("alive\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_may_take_longer_than_every_limit_of_connections() {
    let server = Server::with_connections(ConnectionLimits {
        header: SOON,
        body: SOON,
        idle: SOON,
        send: SOON,
        ..PATIENT
    })
    .await;
    let clip = server.create_clip("select pg_sleep(1.5), 7 as n").await;
    let answer = server.rows(&clip, "csv").await;
    assert_eq!(answer.text().await.unwrap(), "pg_sleep,n\n\"\",7\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_nothing_is_cut_and_holds_nothing() {
    let server = Server::with_connections(ConnectionLimits {
        send: SOON,
        ..PATIENT
    })
    .await;
    let clip = large_clip(&server, 29).await;
    let request = get(&format!("/{}.csv", clip.slug));
    // Whatever is cached is cached from now on.
    server.rows(&clip, "csv").await.bytes().await.unwrap();
    let held = server.memory.bytes_held();
    let mut clients = Vec::new();
    for _ in 0..30 {
        clients.push(send(&server, &request).await);
    }
    for client in &clients {
        until("the client is cut", || {
            client.take_error().unwrap().is_some()
        })
        .await;
    }
    until("nothing is held", || server.memory.bytes_held() <= held).await;
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_reading_too_slowly_is_cut() {
    let server = Server::with_connections(ConnectionLimits {
        send: TOO_LITTLE,
        send_rate: 1 << 30,
        ..PATIENT
    })
    .await;
    let clip = large_clip(&server, 29).await;
    let mut client = send(&server, &get(&format!("/{}.csv", clip.slug))).await;
    let (mut arrived, mut piece) = (0, vec![0; 16 << 10]);
    // The reset connection ends before what it would have brought.
    while let Ok(bytes @ 1..) = timeout(BOUND, client.read(&mut piece)).await.unwrap() {
        arrived += bytes;
        sleep(Duration::from_millis(10)).await;
    }
    assert!((1..20 << 20).contains(&arrived), "{arrived} bytes");
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_slowly_gets_everything() {
    let server = Server::with_connections(ConnectionLimits {
        idle: SOON,
        send: SOON,
        ..PATIENT
    })
    .await;
    let clip = large_clip(&server, 8).await;
    let path = format!("/{}.csv", clip.slug);
    let whole = server.rows(&clip, "csv").await.bytes().await.unwrap();
    let request = get(&path).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let mut client = send(&server, &request).await;
    let (mut arrived, mut piece) = (Vec::new(), vec![0; 256 << 10]);
    loop {
        let read = timeout(BOUND, client.read(&mut piece)).await.unwrap();
        match read.expect("the connection is not cut") {
            0 => break,
            bytes => arrived.extend_from_slice(&piece[..bytes]),
        }
        sleep(Duration::from_millis(2)).await;
    }
    assert!(arrived.ends_with(&whole), "{} bytes", arrived.len());
}

/// Sends a byte again and again; returns what arrived before the server closed the connection.
async fn trickle(stream: &mut TcpStream) -> String {
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let sending = async {
        // Bytes of a head, of JSON, and of a chunk's length.
        while to.write_all(b"0").await.is_ok() {
            sleep(PAUSE).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = sending => {}
        read = timeout(BOUND, from.read_to_end(&mut answer)) => {
            let _ = read.expect("the server closes the connection");
        }
    }
    String::from_utf8(answer).unwrap()
}

async fn read_until(stream: &mut TcpStream, end: &str) {
    let mut arrived = Vec::new();
    while !arrived.ends_with(end.as_bytes()) {
        let byte = timeout(BOUND, stream.read_u8()).await.unwrap();
        arrived.push(byte.unwrap());
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + BOUND;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        sleep(PAUSE).await;
    }
}
