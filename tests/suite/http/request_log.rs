//! A slug is a secret: it never appears in the log.

use super::*;
use crate::support::Log;

/// On one thread, which this subscriber follows: everything happens on it.
#[tokio::test]
async fn the_log_contains_every_request_and_never_a_slug() {
    let log = Log::keep();
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let failing = server.create_clip("select 1 / 0").await;
    let protected = server.create_clip("select 1 as a").await;
    protect(&server, &protected).await;
    for clip in [&clip, &failing, &protected] {
        for rest in ADDRESSES
            .into_iter()
            .chain([".pdf", "-text.csv?version=9", "/x"])
        {
            ask(&server.anonymous(), clip, rest).await;
        }
        change(&server, clip, json!({"title": "Other"})).await;
        remove(&server, clip).await;
        ask(&server.anonymous(), clip, ".csv").await;
    }
    server.app.store.close();
    ask(&server.anonymous(), &clip, ".csv").await;
    let text = log.text();
    assert!(text.contains("request answered"), "{text}");
    assert!(text.contains("dataclips clip 1 version 1"), "{text}");
    for clip in [&clip, &failing, &protected] {
        let told = text.lines().find(|line| line.contains(&clip.slug));
        assert_eq!(told, None);
    }
}
