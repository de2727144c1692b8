//! `?version=N&result=M`: a stored result, whole or in parts.

use serde_json::json;

use super::*;
use crate::http::protect;

const SQL: &str = "select mood, n, md5(n::text) as hash from moods, generate_series(1, 2000) as n";

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_result_equals_the_live_one_in_every_format_and_coding() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(SQL).await;
    let visitor = server.anonymous();
    let mut live = Vec::new();
    for rest in FORMATS {
        for coding in ["identity", "gzip", "br", "zstd"] {
            let answer = ask_with(&visitor, &clip, rest, ("accept-encoding", coding)).await;
            let names = [
                "etag",
                "content-type",
                "content-encoding",
                "content-disposition",
            ];
            let headers = names.map(|name| header(&answer, name).to_owned());
            assert_eq!(header(&answer, "accept-ranges"), "bytes");
            live.push((rest, coding, headers, answer.bytes().await.unwrap()));
        }
    }
    let runs = moods.reads().await;
    moods.turn("cross").await;
    bytes(&visitor, &clip, ".csv").await;
    for (rest, coding, headers, bytes) in &live {
        let path = format!("{rest}?version=1&result=1");
        let answer = ask_with(&visitor, &clip, &path, ("accept-encoding", coding)).await;
        assert_eq!(answer.status(), 200, "{path}");
        let names = [
            "etag",
            "content-type",
            "content-encoding",
            "content-disposition",
        ];
        let told = names.map(|name| header(&answer, name).to_owned());
        assert_eq!(told[1..], headers[1..], "{path}");
        assert_eq!(header(&answer, "x-dataclips-result"), "1");
        assert_eq!(header(&answer, "accept-ranges"), "bytes");
        // These contain the address that was requested.
        let has_address = [".xls", ".xlsx"].contains(rest);
        assert_eq!(told[0] != headers[0], has_address, "{path}");
        let answered = answer.bytes().await.unwrap();
        assert_eq!(answered != *bytes, has_address, "{path} {coding}");
    }
    let page = ask(&visitor, &clip, "?version=1&result=1").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("calm"));
    assert_eq!(moods.reads().await, runs + 1, "only the other mood ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_result_is_404_in_every_format() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    for rest in FORMATS.into_iter().chain([""]) {
        for (query, status) in [
            ("?version=1&result=2", 404),
            ("?version=2&result=1", 404),
            ("?result=0", 404),
            ("?result=4294967295", 404),
            ("?version=1&result=-1", 400),
            ("?version=1&result=one", 400),
            ("?result=1", 200),
        ] {
            let answer = ask(&visitor, &clip, &format!("{rest}{query}")).await;
            assert_eq!(answer.status(), status, "{rest}{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_stored_result_make_the_whole() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(SQL).await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    is_kept(&server.administrator, &clip, 1).await;
    for rest in FORMATS {
        for coding in ["identity", "gzip"] {
            let path = format!("/{}{rest}?version=1&result=1", clip.slug);
            let request = |range: &str| {
                visitor
                    .request(Method::GET, &path)
                    .header("accept-encoding", coding)
                    .header("range", range)
            };
            let whole = visitor
                .request(Method::GET, &path)
                .header("accept-encoding", coding);
            let whole = whole.send().await.unwrap();
            let etag = header(&whole, "etag").to_owned();
            let whole = whole.bytes().await.unwrap();
            let middle = whole.len() / 2;
            let mut together = Vec::new();
            for range in [
                format!("bytes=0-{}", middle - 1),
                format!("bytes={middle}-{}", whole.len() - 2),
                "bytes=-1".to_owned(),
            ] {
                let part = request(&range).send().await.unwrap();
                assert_eq!(part.status(), 206, "{rest} {range}");
                assert_eq!(header(&part, "etag"), etag);
                let end = format!("/{}", whole.len());
                assert!(header(&part, "content-range").ends_with(&end));
                together.extend(part.bytes().await.unwrap());
            }
            assert_eq!(together, whole, "{rest} {coding}");

            let outside = request("bytes=100000000-").send().await.unwrap();
            let content_range = format!("bytes */{}", whole.len());
            assert_eq!(header(&outside, "content-range"), content_range);
            let (status, body) = status_and_body(outside).await;
            assert_eq!(status, 416);
            assert!(body["error"]["message"].as_str().is_some(), "{body}");

            for (held, status) in [
                (etag.as_str(), 206),
                ("\"other\"", 200),
                ("Tue, 31 Mar 2026 12:00:00 GMT", 200),
            ] {
                let answer = request("bytes=0-1").header("if-range", held);
                assert_eq!(answer.send().await.unwrap().status(), status, "{held}");
            }
            let held = request("bytes=0-1").header("if-none-match", &etag);
            assert_eq!(held.send().await.unwrap().status(), 304);
            let head = visitor
                .request(Method::HEAD, &path)
                .header("accept-encoding", coding)
                .header("range", "bytes=0-1");
            let head = head.send().await.unwrap();
            assert_eq!(head.status(), 200);
            assert_eq!(header(&head, "content-length"), whole.len().to_string());
        }
    }
    assert_eq!(moods.reads().await, 1);
    protect(&server, &clip).await;
    let range = ("range", "bytes=100000000-");
    for rest in FORMATS {
        let path = format!("{rest}?version=1&result=1");
        let (status, body) = status_and_body(ask_with(&visitor, &clip, &path, range).await).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!("protected")));
    }
}
