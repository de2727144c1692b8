//! Cached responses of stored rows: they equal uncached ones, and end with the next change.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::http::{ask, ask_with, change, header, remove};
use crate::support::{Clip, Server, status_and_body};
use reqwest::Response;
use serde_json::json;

/// A pinned clip, requested often enough to be cached.
async fn pinned(server: &Server) -> Clip {
    let clip = server.create_clip("select 1 as one").await;
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    let answer = server.administrator.put(&path, &json!({})).await;
    assert_eq!(answer.status(), 200);
    for _ in 0..3 {
        assert_eq!(ask(&server.anonymous(), &clip, ".csv").await.status(), 200);
    }
    clip
}

async fn is_open_to_anyone(server: &Server, clip: &Clip, anyone: bool) {
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let access = json!({"anyone": anyone, "grants": []});
    let answer = server.administrator.put(&path, &access).await;
    assert_eq!(answer.status(), 200);
}

/// Headers that each response has for itself.
const OF_EACH: [&str; 4] = [
    "date",
    "content-security-policy",
    "server-timing",
    "x-request-id",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_response_equals_the_first_one() {
    let server = Server::start().await;
    let clip = pinned(&server).await;
    let mut answers = HashSet::new();
    for _ in 0..50 {
        let answer = ask(&server.anonymous(), &clip, ".json").await;
        assert_eq!(answer.status(), 200);
        let mut headers: Vec<String> = answer
            .headers()
            .iter()
            .filter(|(name, _)| !OF_EACH.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        answers.insert((headers, answer.text().await.unwrap()));
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_effect_once_its_response_is_sent() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let clip = pinned(&server).await;
    for _ in 0..10 {
        is_open_to_anyone(&server, &clip, false).await;
        assert_eq!(ask(&anonymous, &clip, ".csv").await.status(), 401);
        is_open_to_anyone(&server, &clip, true).await;
        assert_eq!(ask(&anonymous, &clip, ".csv").await.status(), 200);
    }
    change(&server, &clip, json!({"sql": "select 2 as two"})).await;
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    server
        .administrator
        .put(&path, &json!({"version": 2}))
        .await;
    let rows = ask(&anonymous, &clip, ".csv").await.text().await.unwrap();
    assert_eq!(rows, "two\n2\n");
    remove(&server, &clip).await;
    assert_eq!(ask(&anonymous, &clip, ".csv").await.status(), 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_clip_follows_a_change_at_once_too() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let clip = server.create_clip("select 1 as one").await;
    for number in 2..6 {
        ask(&anonymous, &clip, ".csv").await;
        let sql = format!("select {number} as number");
        change(&server, &clip, json!({"sql": sql})).await;
        let rows = ask(&anonymous, &clip, ".csv").await.text().await.unwrap();
        assert_eq!(rows, format!("number\n{number}\n"));
    }
    is_open_to_anyone(&server, &clip, false).await;
    assert_eq!(ask(&anonymous, &clip, ".csv").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_another_server_takes_effect_soon() {
    let server = Server::start().await;
    let clip = pinned(&server).await;
    let store = server.app.store.client().await.unwrap();
    let sql = "update clips set anyone = false where slug = $1";
    store.execute(sql, &[&clip.slug]).await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while ask(&server.anonymous(), &clip, ".csv").await.status() != 401 {
        assert!(Instant::now() < deadline, "the old response never expires");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_different_request_gets_a_different_response() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let clip = pinned(&server).await;
    let text = async |answer: Response| answer.text().await.unwrap();
    assert_eq!(text(ask(&anonymous, &clip, ".csv").await).await, "one\n1\n");
    assert_eq!(
        text(ask(&anonymous, &clip, ".csv?bom=1").await).await,
        "\u{feff}one\n1\n"
    );
    assert_eq!(text(ask(&anonymous, &clip, ".tsv").await).await, "one\n1\n");
    let coded = ask_with(&anonymous, &clip, ".csv", ("Accept-Encoding", "gzip")).await;
    assert_eq!(header(&coded, "content-encoding"), "gzip");
    let plain = ask_with(&anonymous, &clip, ".csv", ("Accept-Encoding", "identity")).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    let part = ask_with(&anonymous, &clip, ".csv", ("Range", "bytes=0-2")).await;
    assert_eq!(
        (part.status(), text(part).await.as_str()),
        (206.try_into().unwrap(), "one")
    );
    let etag = header(&ask(&anonymous, &clip, ".csv").await, "etag").to_owned();
    let held = ask_with(&anonymous, &clip, ".csv", ("If-None-Match", &etag)).await;
    assert_eq!(held.status(), 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_opens_rows_only_for_the_client_that_sends_it_and_until_it_is_revoked() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let clip = pinned(&server).await;
    is_open_to_anyone(&server, &clip, false).await;
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let answer = server
        .administrator
        .post(&links, &json!({"label": "sheet"}))
        .await;
    let (status, link) = status_and_body(answer).await;
    assert_eq!(status, 201, "{link}");
    let token = link["token"].as_str().unwrap();
    let by_header = anonymous.with_token(token);
    for _ in 0..3 {
        assert_eq!(ask(&by_header, &clip, ".csv").await.status(), 200);
        let by_address = format!(".csv?access-token={token}");
        assert_eq!(
            ask(&server.anonymous(), &clip, &by_address).await.status(),
            200
        );
        assert_eq!(ask(&server.anonymous(), &clip, ".csv").await.status(), 401);
    }
    let path = format!("{links}/{}", link["id"]);
    assert_eq!(server.administrator.delete(&path).await.status(), 204);
    assert_eq!(ask(&by_header, &clip, ".csv").await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_that_finds_an_expired_response_gets_one() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let clip = pinned(&server).await;
    for _ in 0..3 {
        sleep(Duration::from_millis(600)).await;
        let answers = join_all((0..32).map(|_| ask(&anonymous, &clip, ".csv"))).await;
        for answer in answers {
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.text().await.unwrap(), "one\n1\n");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpinned_clip_returns_live_rows_to_all_who_request_it_at_once() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    let clip = pinned(&server).await;
    let sql = "select 2 as two from pg_sleep(0.5)";
    change(&server, &clip, json!({"sql": sql})).await;
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    assert_eq!(server.administrator.delete(&path).await.status(), 204);
    let answers = join_all((0..16).map(|_| ask(&anonymous, &clip, ".csv"))).await;
    for answer in answers {
        assert_eq!(answer.text().await.unwrap(), "two\n2\n");
    }
}
