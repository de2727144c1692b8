//! Entity tags, 304, HEAD, and the headers of every response.

use std::collections::{BTreeMap, HashSet};

use super::*;

fn etag(answer: &Response) -> String {
    let etag = header(answer, "etag").to_owned();
    let inner = etag
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    assert!(
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains('"')),
        "{etag} is strong"
    );
    etag
}

/// All headers but those about when and how the response was sent.
fn lasting_headers(answer: &Response) -> BTreeMap<String, String> {
    let headers = answer.headers().iter();
    // The policy contains a nonce; others are of one request.
    let passing = [
        "content-security-policy",
        "date",
        "server-timing",
        "transfer-encoding",
        "x-dataclips-checked-at",
        "x-request-id",
    ];
    let headers = headers.filter(|(name, _)| !passing.contains(&name.as_str()));
    headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_data_gives_equal_bytes_and_an_equal_etag_and_other_data_others() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute("create table moods (mood text); grant select on moods to reader")
        .await
        .unwrap();
    let clip = server
        .create_clip("select mood, 1.50 as n from moods")
        .await;
    for rest in [
        ".csv",
        ".tsv",
        ".json",
        ".json?shape=objects",
        ".ndjson",
        ".xml",
        ".xls",
        ".xlsx",
        ".md",
    ] {
        superuser
            .batch_execute("truncate moods; insert into moods values ('calm')")
            .await
            .unwrap();
        let mut answers = Vec::new();
        for coding in ["gzip", "br", "zstd", "identity"] {
            answers.clear();
            for _ in 0..3 {
                let accept = ("accept-encoding", coding);
                let answer = ask_with(&server.anonymous(), &clip, rest, accept).await;
                answers.push((etag(&answer), answer.bytes().await.unwrap()));
            }
            let is_equal = answers.iter().all(|answer| *answer == answers[0]);
            assert!(is_equal, "{rest} {coding}");
        }
        superuser
            .batch_execute("update moods set mood = 'cross'")
            .await
            .unwrap();
        let changed = ask(&server.anonymous(), &clip, rest).await;
        assert_ne!(etag(&changed), answers[0].0, "{rest}");
        assert_ne!(changed.bytes().await.unwrap(), answers[0].1, "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_representation_has_an_etag_of_its_own() {
    let server = Server::start().await;
    let clip = server.create_clip("select repeat('x', 500) as a").await;
    change(
        &server,
        &clip,
        json!({"sql": "select repeat('x', 500) as a --"}),
    )
    .await;
    let mut seen = HashSet::new();
    for rest in [
        ".csv",
        ".csv?bom=1",
        ".csv?guard=1",
        ".csv?bom=1&guard=1",
        ".csv?delimiter=;",
        ".csv?null=NULL",
        ".csv?null=NA",
        ".csv?decimal=,",
        ".csv?quote=all",
        ".csv?version=1",
        ".tsv",
        ".json",
        ".json?shape=objects",
        ".ndjson",
        ".xml",
        ".md",
        ".sql",
    ] {
        let plain = etag(&ask(&server.anonymous(), &clip, rest).await);
        let stem = plain.trim_end_matches('"');
        for coding in ["gzip", "br", "zstd"] {
            let coded = ask_with(
                &server.anonymous(),
                &clip,
                rest,
                ("accept-encoding", coding),
            )
            .await;
            assert_eq!(etag(&coded), format!("{stem}-{coding}\""), "{rest}");
        }
        assert!(seen.insert(plain), "{rest}");
    }
    let book = etag(&ask(&server.anonymous(), &clip, ".xlsx").await);
    let coded = ask_with(
        &server.anonymous(),
        &clip,
        ".xls",
        ("accept-encoding", "gzip"),
    )
    .await;
    assert_eq!(etag(&coded), book, "a workbook is packed already");
    assert_eq!(header(&coded, "content-encoding"), "");
    assert!(seen.insert(book));
    let before = etag(&ask(&server.anonymous(), &clip, ".json").await);
    change(&server, &clip, json!({"title": "Another title"})).await;
    assert_ne!(
        etag(&ask(&server.anonymous(), &clip, ".json").await),
        before,
        "the file tells the title"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_holds_the_bytes_gets_304_and_no_body() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let visitor = server.anonymous();
    for rest in [
        ".csv", ".tsv", ".json", ".ndjson", ".xml", ".xls", ".xlsx", ".md",
    ] {
        for coding in ["identity", "gzip"] {
            let path = format!("/{}{rest}", clip.slug);
            let request = |method| {
                visitor
                    .request(method, &path)
                    .header("accept-encoding", coding)
            };
            let first = request(Method::GET).send().await.unwrap();
            let etag = etag(&first);
            for (held, status) in [
                (etag.clone(), 304),
                (format!("W/{etag}"), 304),
                (format!("\"other\", {etag} , \"more\""), 304),
                ("*".to_owned(), 304),
                ("\"other\"".to_owned(), 200),
                (etag.replace('"', ""), 200),
                (format!("\"x{}", &etag[1..]), 200),
            ] {
                for method in [Method::GET, Method::HEAD] {
                    let again = request(method)
                        .header("if-none-match", &held)
                        .send()
                        .await
                        .unwrap();
                    assert_eq!(again.status(), status, "{rest} {held}");
                    assert_eq!(header(&again, "etag"), etag);
                    assert_eq!(header(&again, "vary"), "Accept-Encoding");
                    assert_eq!(header(&again, "cache-control"), "private, no-cache");
                    assert_eq!(header(&again, "access-control-allow-origin"), "*");
                    assert_eq!(header(&again, "x-dataclips-rows"), "1");
                    if status == 304 {
                        for absent in ["content-length", "content-encoding", "content-type"] {
                            assert_eq!(header(&again, absent), "", "{rest}: {absent}");
                        }
                        assert_eq!(again.bytes().await.unwrap().len(), 0);
                    }
                }
            }
        }
    }
    let two = visitor.request(Method::GET, &format!("/{}.csv", clip.slug));
    let held = etag(&ask(&visitor, &clip, ".csv").await);
    let two = two
        .header("if-none-match", "\"other\"")
        .header("if-none-match", held);
    assert_eq!(
        two.send().await.unwrap().status(),
        304,
        "a second header counts too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn access_and_failures_come_before_304() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let any = ("if-none-match", "*");
    protect(&server, &clip).await;
    assert_eq!(
        ask_with(&server.anonymous(), &clip, ".csv", any)
            .await
            .status(),
        401
    );
    remove(&server, &clip).await;
    assert_eq!(
        ask_with(&server.administrator, &clip, ".csv", any)
            .await
            .status(),
        410
    );
    let failing = server.create_clip("select 1 / 0").await;
    assert_eq!(
        ask_with(&server.anonymous(), &failing, ".csv", any)
            .await
            .status(),
        422
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn head_gets_the_same_response_as_get_without_the_body() {
    let server = Server::start().await;
    let clip = server.create_clip("select repeat('x', 500) as a").await;
    let failing = server.create_clip("select 1 / 0").await;
    let visitor = server.anonymous();
    for clip in [&clip, &failing] {
        for rest in ADDRESSES {
            for coding in ["identity", "gzip", "br", "zstd"] {
                let path = format!("/{}{rest}", clip.slug);
                let request = |method| {
                    visitor
                        .request(method, &path)
                        .header("accept-encoding", coding)
                };
                let get = request(Method::GET).send().await.unwrap();
                let head = request(Method::HEAD).send().await.unwrap();
                assert_eq!(head.status(), get.status());
                let (of_get, of_head) = (lasting_headers(&get), lasting_headers(&head));
                let is_counted = get.headers().contains_key("content-length");
                // Pages and errors are compressed while they are sent.
                let is_result = !rest.is_empty() && get.status() == 200;
                assert!(
                    is_counted || (coding != "identity" && !is_result),
                    "{rest} {coding}: no Content-Length"
                );
                // The times on a page do not always have the same length.
                if !rest.is_empty() {
                    assert_eq!(of_head, of_get, "{rest} {coding}");
                }
                let length = of_get
                    .get("content-length")
                    .map(|length| length.parse::<usize>().unwrap());
                let body = get.bytes().await.unwrap();
                assert_eq!(length.unwrap_or(body.len()), body.len(), "{rest} {coding}");
                assert_eq!(head.bytes().await.unwrap().len(), 0);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_result_says_what_it_is() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a union all select 2").await;
    change(&server, &clip, json!({"sql": "select 1 as a"})).await;
    for rest in ADDRESSES {
        for (query, version, rows) in [("", "2", "1"), ("?version=1", "1", "2")] {
            let answer = ask(&server.anonymous(), &clip, &format!("{rest}{query}")).await;
            assert_eq!(header(&answer, "x-dataclips-version"), version, "{rest}");
            assert_eq!(header(&answer, "x-dataclips-result"), "1");
            assert_eq!(header(&answer, "x-dataclips-rows"), rows);
            assert_eq!(header(&answer, "x-dataclips-truncated"), "false");
            let time = |name| header(&answer, name).parse::<jiff::Timestamp>().unwrap();
            assert!(time("x-dataclips-started-at") <= time("x-dataclips-checked-at"));
        }
    }
    let started = async || {
        let answer = ask(&server.anonymous(), &clip, ".csv").await;
        let time = |name| header(&answer, name).parse::<jiff::Timestamp>().unwrap();
        (
            time("x-dataclips-started-at"),
            time("x-dataclips-checked-at"),
        )
    };
    let (first, second) = (started().await, started().await);
    assert_eq!(first.0, second.0, "the data was there since then");
    assert!(first.1 < second.1, "and was looked at again");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_stays_out_of_caches_indexes_and_referrers() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let protected = server.create_clip("select 1 as a").await;
    protect(&server, &protected).await;
    let failing = server.create_clip("select 1 / 0").await;
    for clip in [&clip, &protected, &failing] {
        for rest in ADDRESSES.into_iter().chain([".pdf", "?version=9"]) {
            for value in ["\"other\"", "*"] {
                let answer =
                    ask_with(&server.anonymous(), clip, rest, ("if-none-match", value)).await;
                for (name, expected) in [
                    ("cache-control", "private, no-cache"),
                    ("x-robots-tag", "noindex"),
                    ("x-content-type-options", "nosniff"),
                    ("referrer-policy", "no-referrer"),
                    ("x-frame-options", "DENY"),
                ] {
                    assert_eq!(header(&answer, name), expected, "{rest} {name}");
                }
                assert!(
                    header(&answer, "content-security-policy").starts_with("default-src 'none';")
                );
                assert_eq!(header(&answer, "set-cookie"), "");
            }
        }
    }
}
