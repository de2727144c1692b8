//! What the response to a link contains beside the rows, and what it leaves behind.

use super::*;
use crate::http::change;
use crate::support::{Log, status_and_body};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn no_response_to_a_secret_is_cached_by_anybody() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let failing = server.create_clip("select 1 / 0").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    change(&server, &clip, json!({"max_age": 60})).await;
    let missing = "z".repeat(28);
    for path in [
        format!("/{}.csv?access-token={secret}", clip.slug),
        format!("/{}.csv?access%2Dtoken={secret}", clip.slug),
        format!("/{}?version=1&access-token=wrong", clip.slug),
        format!("/{}.pdf?access-token={secret}", clip.slug),
        format!("/{}.csv?version=9&access-token=", clip.slug),
        format!("/{}.csv?access-token={secret}", failing.slug),
        format!("/{missing}.csv?access-token={secret}"),
        format!("/api/v1/clips?access-token={secret}"),
        format!("/?access-token={secret}"),
    ] {
        let answer = server.anonymous().get(&path).await;
        assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
    }
    let rows = ask(&server.anonymous(), &clip, ".csv").await;
    assert_eq!(header(&rows, "cache-control"), "public, max-age=60");
    let bearer = format!("Bearer {secret}");
    let rows = ask_with(
        &server.anonymous(),
        &clip,
        ".csv",
        ("authorization", &bearer),
    )
    .await;
    assert_eq!(header(&rows, "cache-control"), "public, max-age=60");
}

/// In a protected clip's response to a link, and in errors too.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_opened_may_be_read_from_anywhere() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let failing = protected(&server, "select 1 / 0").await;
    for (clip, rest, status) in [
        (&clip, ".csv", 200),
        (&clip, ".pdf", 404),
        (&clip, ".csv?version=9", 404),
        (&clip, ".csv?version=x", 400),
        (&clip, "/rows?version=9", 404),
        (&failing, ".csv", 422),
    ] {
        let (_, secret) = link(&server, clip, &EVERY).await;
        let answer = ask_by(&server, clip, rest, &secret).await;
        assert_eq!(answer.status(), status, "{rest}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        let refused = ask_by(&server, clip, rest, "dataclips_link_wrong").await;
        assert_eq!(refused.status(), 401, "{rest}");
        assert_eq!(header(&refused, "access-control-allow-origin"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_the_query_only_where_the_owner_shows_it() {
    let server = Server::start().await;
    let clip = protected(&server, "select nonsense from orders").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    let (_, body) = status_and_body(ask_by(&server, &clip, ".json", &secret).await).await;
    let words = body["error"]["message"].as_str().unwrap();
    assert!(words.contains("nonsense"), "{words}");
    change(&server, &clip, json!({"show_sql": false})).await;
    let (_, body) = status_and_body(ask_by(&server, &clip, ".json", &secret).await).await;
    assert!(!body.to_string().contains("nonsense"), "{body}");
    assert_eq!(body["error"]["sqlstate"], "42703");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_wait_comes_back_with_the_same_link() {
    let server = Server::start().await;
    let clip = protected(&server, "select pg_sleep(2)::text as a").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    let rest = with_token(".csv", &secret);
    let prefer = ("prefer", "respond-async, wait=0");
    let answer = ask_with(&server.anonymous(), &clip, &rest, prefer).await;
    assert_eq!(answer.status(), 202);
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let mut location = header(&answer, "location").to_owned();
    assert!(
        location.contains(&format!("access-token={secret}")),
        "{location}"
    );
    let rows = loop {
        let answer = server.anonymous().get(&location).await;
        match answer.status().as_u16() {
            202 => location = header(&answer, "location").to_owned(),
            _ => break answer,
        }
    };
    assert_eq!(rows.status(), 200);
    assert_eq!(rows.text().await.unwrap(), "a\n\"\"\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_known_to_the_minute() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let (id, secret) = link(&server, &clip, &EVERY).await;
    let used = async || {
        let clip = model_of(&server, &clip).await;
        let all = ClipLink::all(&server.app.store, &clip).await.unwrap();
        let link = all.into_iter().find(|link| link.id == id);
        link.unwrap().last_used_at
    };
    ask_by(&server, &clip, "", &secret).await;
    assert_eq!(used().await, None, "a page does not use it");
    ask_by(&server, &clip, ".csv", &secret).await;
    let first = used().await.unwrap();
    ask_by(&server, &clip, ".csv", &secret).await;
    assert_eq!(used().await, Some(first));
    let store = server.app.store.client().await.unwrap();
    let earlier = "update clip_links set last_used_at = now() - interval '61 seconds'";
    store.execute(earlier, &[]).await.unwrap();
    ask_by(&server, &clip, ".csv", &secret).await;
    assert!(used().await.unwrap() >= first);
}

/// On one thread, which this subscriber follows: everything happens on it.
#[tokio::test]
async fn the_log_never_contains_a_links_secret() {
    let log = Log::keep();
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let (_, valid) = link(&server, &clip, &EVERY).await;
    let (_, narrow) = link(&server, &clip, &CSV).await;
    let ended = expired(&server, &clip).await;
    for secret in [&valid, &narrow, &ended] {
        for rest in [".csv", ".json", ".pdf", "", "/rows", "/x"] {
            ask_by(&server, &clip, rest, secret).await;
        }
    }
    server.app.store.close();
    ask_by(&server, &clip, ".csv", &valid).await;
    let text = log.text();
    assert!(text.contains("request answered"), "{text}");
    for secret in [&valid, &narrow, &ended] {
        let random = secret.trim_start_matches("dataclips_link_");
        let told = text.lines().find(|line| line.contains(random));
        assert_eq!(told, None);
    }
}
