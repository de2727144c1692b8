//! `Accept` at an address without a suffix: the answer is that of the suffix, or the page.

use reqwest::{Method, Response};

use crate::encode::{GEOMETRY, POINT};
use crate::http::{ask, ask_with, header, protect};
use crate::support::{Client, Clip, Server};

const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

async fn accepting(client: &Client, clip: &Clip, rest: &str, accept: &str) -> Response {
    ask_with(client, clip, rest, ("accept", accept)).await
}

fn is_page(answer: &Response) -> bool {
    header(answer, "content-type") == "text/html; charset=utf-8"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_type_is_answered_as_by_its_suffix() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(GEOMETRY).await.unwrap();
    let clip = server
        .create_clip(&format!("select 1 as a, '{POINT}'::geometry as g"))
        .await;
    let visitor = server.anonymous();
    ask(&visitor, &clip, ".csv").await;
    let stored = "?version=1&result=1";
    for (suffix, accept) in [
        ("csv", "text/csv"),
        ("tsv", "text/tab-separated-values"),
        ("json", "application/json, text/plain, */*"),
        ("ndjson", "application/x-ndjson;q=0.1"),
        ("xml", "application/xml"),
        ("xlsx", WORKBOOK),
        ("parquet", "application/vnd.apache.parquet"),
        ("geojson", "application/geo+json, text/html;q=0.9"),
        ("md", "TEXT/MARKDOWN"),
        ("sql", "application/sql"),
    ] {
        for coding in ["identity", "gzip"] {
            let request = |method: Method, rest: String| {
                let request = visitor.request(method, &format!("/{}{rest}", clip.slug));
                request
                    .header("accept", accept)
                    .header("accept-encoding", coding)
            };
            let named = request(Method::GET, format!(".{suffix}{stored}"));
            let named = named.send().await.unwrap();
            // A cached response is one of this format, too.
            for text in ["", "-some-text", ""] {
                let answer = request(Method::GET, format!("{text}{stored}"));
                let answer = answer.send().await.unwrap();
                assert_eq!(answer.status(), 200, "{suffix}");
                for (name, value) in named.headers() {
                    let is_of_request = [
                        "date",
                        "x-request-id",
                        "server-timing",
                        "content-security-policy",
                        "vary",
                    ];
                    if !is_of_request.contains(&name.as_str()) {
                        assert_eq!(answer.headers().get(name), Some(value), "{suffix} {name}");
                    }
                }
                assert_eq!(header(&answer, "vary"), "Accept-Encoding, Accept");
            }
            let head = request(Method::HEAD, stored.to_owned())
                .send()
                .await
                .unwrap();
            assert_eq!(head.headers()["etag"], named.headers()["etag"]);
            let held = named.headers()["etag"].clone();
            let held = request(Method::GET, stored.to_owned()).header("if-none-match", held);
            let held = held.send().await.unwrap();
            assert_eq!(held.status(), 304, "{suffix}");
            assert_eq!(header(&held, "vary"), "Accept-Encoding, Accept");
        }
    }
    for accept in [
        "*/*",
        "",
        "text/*",
        "application/json, text/csv",
        "text/csv;q=0",
        BROWSER,
    ] {
        for rest in ["", stored] {
            let page = accepting(&visitor, &clip, rest, accept).await;
            assert!(page.status() == 200 && is_page(&page), "{accept}");
            let vary = header(&page, "vary").to_ascii_lowercase();
            assert!(vary.split(", ").any(|name| name == "accept"), "{vary}");
            assert_eq!(header(&page, "access-control-allow-origin"), "");
        }
    }
    let suffix = accepting(&visitor, &clip, ".csv", "application/json").await;
    assert_eq!(header(&suffix, "content-type"), "text/csv; charset=utf-8");
    assert_eq!(header(&suffix, "vary"), "Accept-Encoding");
}

#[tokio::test(flavor = "multi_thread")]
async fn access_and_errors_are_those_of_the_suffix() {
    let server = Server::start().await;
    let failing = server.create_clip("select 1 / 0").await;
    let answer = accepting(&server.anonymous(), &failing, "", "text/csv").await;
    assert_eq!(answer.status(), 422);
    assert_eq!(header(&answer, "content-type"), "application/json");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    assert_eq!(
        header(&answer, "vary").to_ascii_lowercase(),
        "accept-encoding, accept"
    );
    let clip = server.create_clip("select 1 as a").await;
    protect(&server, &clip).await;
    for (accept, page) in [("text/csv", false), (BROWSER, true), ("*/*", true)] {
        let answer = accepting(&server.anonymous(), &clip, "", accept).await;
        assert_eq!(answer.status(), 401, "{accept}");
        assert_eq!(is_page(&answer), page, "{accept}");
    }
    // A clip link opens rows, and not the page.
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let new = serde_json::json!({"label": "sheet", "formats": ["csv"]});
    let made = server.administrator.post(&links, &new).await;
    let made: serde_json::Value = made.json().await.unwrap();
    let token = format!("?access-token={}", made["token"].as_str().unwrap());
    for (accept, status) in [("text/csv", 200), ("application/json", 403), ("*/*", 401)] {
        let answer = accepting(&server.anonymous(), &clip, &token, accept).await;
        assert_eq!(answer.status(), status, "{accept}");
    }
}

/// Whoever comes back for the rows may accept anything.
#[tokio::test(flavor = "multi_thread")]
async fn later_rows_are_at_an_address_with_the_suffix() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select pg_sleep(1.5) is null as a")
        .await;
    let request = server
        .anonymous()
        .request(Method::GET, &format!("/{}", clip.slug));
    let request = request
        .header("accept", "text/csv")
        .header("prefer", "respond-async, wait=0");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let location = header(&answer, "location").to_owned();
    let start = format!("/{}.csv?version=1&since=", clip.slug);
    assert!(location.contains(&start), "{location}");
    let path = location.trim_start_matches(&server.url);
    let answer = server.anonymous().get(path).await;
    assert!(answer.status().is_success());
}
