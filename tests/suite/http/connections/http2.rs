//! HTTP/2 without TLS, as proxies speak it: many requests share a connection, and none holds up another.

use std::time::Duration;

use dataclips::web::ConnectionLimits;
use reqwest::{Client, Response, Version};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{BOUND, PATIENT, SOON, TOO_LITTLE, large_clip};
use crate::support::{Clip, Server};

fn client() -> Client {
    let client = Client::builder().http2_prior_knowledge();
    client
        .http2_initial_stream_window_size(64 << 10)
        .build()
        .unwrap()
}

async fn get(server: &Server, client: &Client, clip: &Clip, rest: &str) -> Response {
    let url = format!("{}/{}{rest}", server.url, clip.slug);
    client.get(url).send().await.unwrap()
}

/// As six open tabs of running clips and a seventh are behind a proxy, or over HTTP/2 from a browser.
#[tokio::test(flavor = "multi_thread")]
async fn many_waiting_requests_on_one_connection_hold_up_no_other() {
    let server = Server::with_connections(PATIENT).await;
    let (slow, quick) = (
        server.create_clip("select pg_sleep(120)").await,
        server.create_clip("select 7 as n").await,
    );
    let client = client();
    // One connection from the start, which all others share.
    let first = get(&server, &client, &quick, "").await;
    assert_eq!(
        (first.version(), first.status().as_u16()),
        (Version::HTTP_2, 200)
    );
    let mut waiting = JoinSet::new();
    for _ in 0..20 {
        let url = format!("{}/{}.csv", server.url, slow.slug);
        waiting.spawn(client.get(url).send());
    }
    for _ in 0..5 {
        let answer = get(&server, &client, &quick, ".csv").await;
        assert_eq!(answer.version(), Version::HTTP_2);
        assert_eq!(answer.text().await.unwrap(), "n\n7\n");
    }
    assert!(waiting.try_join_next().is_none());
    drop((waiting, client));
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_read_ends_and_its_connection_goes_on() {
    let server = Server::with_connections(ConnectionLimits {
        connections_max: 2,
        idle: SOON,
        send: SOON,
        ..PATIENT
    })
    .await;
    let large = large_clip(&server, 8).await;
    let slow = server.create_clip("select pg_sleep(3), 7 as n").await;
    let client = client();
    let unread = get(&server, &client, &large, ".csv").await;
    // Takes longer than the other stream is waited for, over the same connection.
    let answer = get(&server, &client, &slow, ".csv").await;
    assert_eq!(answer.text().await.unwrap(), "pg_sleep,n\n\"\",7\n");
    let rest = timeout(BOUND, unread.bytes()).await;
    assert!(rest.expect("the stream has ended").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_read_too_slowly_ends_and_its_connection_goes_on() {
    let server = Server::with_connections(ConnectionLimits {
        connections_max: 2,
        send: TOO_LITTLE,
        send_rate: 1 << 30,
        ..PATIENT
    })
    .await;
    let (large, quick) = (
        large_clip(&server, 29).await,
        server.create_clip("select 7 as n").await,
    );
    let client = client();
    let mut unread = get(&server, &client, &large, ".csv").await;
    while let Ok(piece) = timeout(BOUND, unread.chunk()).await.unwrap() {
        assert!(piece.is_some(), "the stream is cut");
        sleep(Duration::from_millis(10)).await;
    }
    let answer = get(&server, &client, &quick, ".csv").await;
    assert_eq!(answer.text().await.unwrap(), "n\n7\n");
}
