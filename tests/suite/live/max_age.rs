//! Clips with a maximum age.

use serde_json::json;

use super::*;
use crate::http::protect;

#[tokio::test(flavor = "multi_thread")]
async fn a_result_within_its_maximum_age_is_reused() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let visitor = server.anonymous();
    change(&server, &clip, json!({"max_age": 60})).await;
    bytes(&visitor, &clip, ".csv").await;
    moods.turn("cross").await;
    for rest in FORMATS.into_iter().chain([""]) {
        let answer = ask(&visitor, &clip, rest).await;
        assert_eq!(answer.status(), 200, "{rest}");
        assert_eq!(header(&answer, "x-dataclips-result"), "1", "{rest}");
    }
    assert_eq!(bytes(&visitor, &clip, ".csv").await, b"mood\ncalm\n");
    assert_eq!(moods.reads().await, 1);
    change(&server, &clip, json!({"max_age": null})).await;
    assert_eq!(bytes(&visitor, &clip, ".csv").await, b"mood\ncross\n");
    change(&server, &clip, json!({"max_age": 1})).await;
    moods.turn("merry").await;
    let deadline = Instant::now() + Duration::from_secs(5);
    while bytes(&visitor, &clip, ".csv").await != b"mood\nmerry\n" {
        assert!(Instant::now() < deadline, "it never grows old");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_open_clips_with_a_maximum_age_are_for_shared_caches() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = &server.administrator;
    for rest in FORMATS {
        let answer = ask(ada, &clip, rest).await;
        assert_eq!(header(&answer, "cache-control"), "private, no-cache");
        assert_eq!(header(&answer, "age"), "");
    }
    change(&server, &clip, json!({"max_age": 60})).await;
    for rest in FORMATS {
        let answer = ask(ada, &clip, rest).await;
        assert_eq!(header(&answer, "cache-control"), "public, max-age=60");
        let age: u64 = header(&answer, "age").parse().unwrap();
        assert!(age < 60, "{age}");
        let etag = header(&answer, "etag").to_owned();
        let held = ask_with(ada, &clip, rest, ("if-none-match", &etag)).await;
        assert_eq!(held.status(), 304);
        assert_eq!(header(&held, "cache-control"), "public, max-age=60");
        assert!(header(&held, "age").parse::<u64>().is_ok());
        let stored = ask(ada, &clip, &format!("{rest}?version=1&result=1")).await;
        assert_eq!(header(&stored, "cache-control"), "private, no-cache");
    }
    for rest in [".pdf", ".csv?version=9", ""] {
        let answer = ask(ada, &clip, rest).await;
        assert_eq!(
            header(&answer, "cache-control"),
            "private, no-cache",
            "{rest}"
        );
    }
    protect(&server, &clip).await;
    for rest in FORMATS {
        let answer = ask(ada, &clip, rest).await;
        assert_eq!(header(&answer, "cache-control"), "private, no-cache");
        let refused = ask(&server.anonymous(), &clip, rest).await;
        assert_eq!(refused.status(), 401);
        assert_eq!(header(&refused, "cache-control"), "private, no-cache");
    }
}
