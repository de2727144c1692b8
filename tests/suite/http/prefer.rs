//! `Prefer: respond-async`: the client does not wait for the rows, and comes back for them.

use crate::http::{ask, ask_with, header};
use crate::live::{FORMATS, Moods, pin};
use crate::support::{Client, Clip, Server, status_and_body};
use reqwest::Response;
use std::time::{Duration, Instant};

const SLOW: &str = "select mood, pg_sleep(2.5) is null as slept from moods";

async fn ask_later(client: &Client, clip: &Clip, rest: &str, prefer: &str) -> Response {
    ask_with(client, clip, rest, ("prefer", prefer)).await
}

/// Follows a 202 until there is another response.
async fn come_back(client: &Client, accepted: Response) -> Response {
    let mut answer = accepted;
    let deadline = Instant::now() + Duration::from_secs(20);
    while answer.status() == 202 {
        assert!(Instant::now() < deadline, "still not there");
        let location = header(&answer, "location").to_owned();
        assert_eq!(header(&answer, "retry-after"), "2");
        assert_eq!(header(&answer, "preference-applied"), "respond-async");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        let (_, body) = status_and_body(answer).await;
        assert_eq!(body["location"], location.as_str());
        assert_eq!(body["status"], "running");
        assert!(body["elapsed_ms"].as_u64().is_some(), "{body}");
        answer = client.get(&location).await;
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_wait_comes_back_for_the_rows_of_that_one_run() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let visitor = server.anonymous();
    let clip = server.create_clip(SLOW).await;
    for (rest, prefer) in [
        (".csv", "respond-async, wait=0"),
        (".json?shape=objects", "respond-async"),
        (".csv?bom=1&guard=1", "respond-async; wait=1"),
    ] {
        let before = moods.reads().await;
        let started = Instant::now();
        let accepted = ask_later(&visitor, &clip, rest, prefer).await;
        assert_eq!(accepted.status(), 202, "{rest}");
        assert!(started.elapsed() < Duration::from_secs(2), "{prefer}");
        let answer = come_back(&visitor, accepted).await;
        assert_eq!(answer.status(), 200, "{rest}");
        let etag = header(&answer, "etag").to_owned();
        let again = ask_later(&visitor, &clip, rest, "return=minimal").await;
        assert_eq!(header(&again, "etag"), etag);
        assert_eq!(again.bytes().await.unwrap(), answer.bytes().await.unwrap());
        assert_eq!(
            moods.reads().await,
            before + 2,
            "{rest}: theirs and the last"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_wait_gets_an_error_when_it_comes_back() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let visitor = server.anonymous();
    let sql = "select length(slow.slept::text) from (select pg_sleep(1.5) as slept from moods offset 0) as slow";
    let clip = server
        .create_clip(&sql.replace("select length", "select 1 / length"))
        .await;
    let accepted = ask_later(&visitor, &clip, ".csv", "respond-async, wait=0").await;
    assert_eq!(accepted.status(), 202);
    let (status, body) = status_and_body(come_back(&visitor, accepted).await).await;
    assert_eq!(status, 422);
    assert_eq!(body["error"]["sqlstate"], "22012");
    assert_eq!(moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_ready_are_sent_at_once() {
    let server = Server::start().await;
    let quick = server.create_clip("select 1 as one").await;
    let visitor = server.anonymous();
    for rest in FORMATS {
        let answer = ask_later(&visitor, &quick, rest, "respond-async").await;
        assert_eq!(answer.status(), 200, "{rest}");
        assert_eq!(header(&answer, "location"), "");
    }
    assert_eq!(pin(&server.administrator, &quick, None).await.status(), 200);
    let pinned = ask_later(&visitor, &quick, ".csv", "respond-async, wait=0").await;
    assert_eq!(pinned.status(), 200);
    let slow = server
        .create_clip("select pg_sleep(1.5) is null as slept")
        .await;
    let held = ask(&visitor, &slow, ".csv").await;
    assert_eq!(held.status(), 200, "who does not ask for it waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_after_others_left_gets_rows() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server
        .create_clip("select mood, pg_sleep(case mood when 'calm' then 30 else 0 end) from moods")
        .await;
    let since = jiff::Timestamp::now();
    let (visitor, path) = (server.anonymous(), format!("/{}.csv", clip.slug));
    let left = tokio::time::timeout(Duration::from_millis(500), visitor.get(&path)).await;
    assert!(left.is_err(), "it takes half a minute");
    server.no_query_is_left().await;
    moods.turn("merry").await;
    let back = ask(&visitor, &clip, &format!(".csv?since={since}")).await;
    assert_eq!(back.status(), 200);
    assert_eq!(back.text().await.unwrap(), "mood,pg_sleep\nmerry,\"\"\n");
    let wrong = ask(&visitor, &clip, ".csv?since=soon").await;
    assert_eq!(wrong.status(), 400);
}
