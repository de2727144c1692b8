//! Responses, encoded once and sent in parts.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, RANGE,
};
use axum::response::IntoResponse;
use bytes::Bytes;

use super::file::disposition;
use super::*;
use crate::result::{Column, Memory, Rows};

const CODINGS: [Coding; 4] = [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd];

fn response(options: Options, coding: Coding) -> RowsResponse {
    RowsResponse {
        clip: 1,
        format: Format::Csv,
        options,
        caption: Caption {
            title: "Greetings".to_owned(),
            version: Some(1),
            url: None,
            sql: None,
        },
        coding,
        version: 1,
        is_stored: false,
        sees_sql: true,
        age: None,
    }
}

fn result(text: &str, memory: &Memory) -> (VisibleRows, Summary) {
    let column = Column {
        name: "greeting".to_owned(),
        type_oid: 25,
        type_name: "text".to_owned(),
        element_oid: None,
        ..Column::default()
    };
    let (mut writer, rows) = Rows::new(vec![column], memory);
    writer.append([Some(text)].into_iter()).unwrap();
    let time = "2026-03-31T12:00:00Z".parse().unwrap();
    let summary = Summary {
        number: 1,
        started_at: time,
        finished_at: time,
        checked_at: time,
        elapsed: Duration::from_millis(1),
        rows: 1,
        truncated: None,
        checksum: writer.finish(None).unwrap(),
        read_from: None,
        checked_from: None,
    };
    (VisibleRows::for_tests(rows), summary)
}

/// Reading these is an error.
fn unreadable(memory: &Memory) -> VisibleRows {
    let (_, rows) = Rows::new(Vec::new(), memory);
    VisibleRows::for_tests(rows)
}

async fn body(response: Response) -> Bytes {
    let length = response.headers()[CONTENT_LENGTH].clone();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert_eq!(length, body.len().to_string());
    body
}

#[tokio::test]
async fn an_equal_response_is_encoded_once_for_each_coding() {
    let memory = Memory::new(1 << 20);
    let cache = BodyCache::new(&memory);
    let (options, request) = (Options::default(), HeaderMap::new());
    let (rows, summary) = result("hello", &memory);
    for coding in CODINGS {
        let prepared = response(options.clone(), coding);
        let respond = async |rows| {
            let outcome = ready(Ok(summary.clone()));
            let likely = Some(&summary);
            prepared
                .respond(&cache, &request, rows, outcome, likely)
                .await
        };
        assert!(respond(unreadable(&memory)).await.is_err(), "{coding:?}");
        let first = body(respond(rows.clone()).await.unwrap()).await;
        let second = body(respond(unreadable(&memory)).await.unwrap()).await;
        assert_eq!(first, second, "{coding:?}");
    }
}

#[tokio::test]
async fn a_result_that_was_not_the_likely_one_is_encoded() {
    let memory = Memory::new(1 << 20);
    let cache = BodyCache::new(&memory);
    let (options, request) = (Options::default(), HeaderMap::new());
    let prepared = response(options, Coding::Identity);
    let (rows, hello) = result("hello", &memory);
    let outcome = ready(Ok(hello.clone()));
    let first = prepared
        .respond(&cache, &request, rows, outcome, None)
        .await;
    assert_eq!(body(first.unwrap()).await, "greeting\nhello\n");
    let (rows, goodbye) = result("goodbye", &memory);
    let outcome = ready(Ok(goodbye));
    let second = prepared
        .respond(&cache, &request, rows, outcome, Some(&hello))
        .await;
    assert_eq!(body(second.unwrap()).await, "greeting\ngoodbye\n");
}

#[tokio::test]
async fn the_parts_of_a_stored_response_make_up_the_whole_in_every_coding() {
    let memory = Memory::new(1 << 20);
    let cache = BodyCache::new(&memory);
    let options = Options::default();
    let (rows, summary) = result("hello", &memory);
    for coding in CODINGS {
        let prepared = RowsResponse {
            is_stored: true,
            ..response(options.clone(), coding)
        };
        let respond = async |range: &str| {
            let mut request = HeaderMap::new();
            request.insert(RANGE, range.parse().unwrap());
            let outcome = ready(Ok(summary.clone()));
            let rows = rows.clone();
            prepared
                .respond(&cache, &request, rows, outcome, None)
                .await
        };
        let whole = respond("bytes=0-1,3-4").await.unwrap();
        assert_eq!(whole.status(), StatusCode::OK);
        assert_eq!(whole.headers()[ACCEPT_RANGES], "bytes");
        let etag = whole.headers()[ETAG].clone();
        let whole = body(whole).await;
        let bytes = whole.len();
        let mut together = Vec::new();
        for (range, content_range) in [
            ("bytes=0-6", format!("bytes 0-6/{bytes}")),
            ("bytes=7-", format!("bytes 7-{}/{bytes}", bytes - 1)),
        ] {
            let part = respond(range).await.unwrap();
            assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
            assert_eq!(part.headers()[CONTENT_RANGE], content_range);
            assert_eq!(part.headers()[ETAG], etag);
            let name = part.headers().get(CONTENT_ENCODING);
            assert_eq!(name.map(|name| name.to_str().unwrap()), coding.name());
            together.extend(body(part).await);
        }
        assert_eq!(together, whole, "{coding:?}");
        let outside = respond("bytes=1000-").await.unwrap_err().into_response();
        assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        let content_range = &outside.headers()[CONTENT_RANGE];
        assert_eq!(*content_range, format!("bytes */{bytes}"));
    }
}

#[tokio::test]
async fn a_client_that_has_the_bytes_needs_no_part_of_them() {
    let memory = Memory::new(1 << 20);
    let cache = BodyCache::new(&memory);
    let options = Options::default();
    let (_, summary) = result("hello", &memory);
    let prepared = RowsResponse {
        is_stored: true,
        ..response(options, Coding::Identity)
    };
    let mut request = HeaderMap::new();
    request.insert(RANGE, HeaderValue::from_static("bytes=1000-"));
    request.insert(IF_NONE_MATCH, prepared.etag(&summary).header());
    let outcome = ready(Ok(summary));
    let rows = unreadable(&memory);
    let response = prepared
        .respond(&cache, &request, rows, outcome, None)
        .await;
    assert_eq!(response.unwrap().status(), StatusCode::NOT_MODIFIED);
}

#[test]
fn file_names_are_readable_and_safe() {
    let header = disposition("Größe \"x\"/..\\y\r\n€", Format::Csv);
    assert_eq!(
        header.to_str().unwrap(),
        "attachment; filename=\"Gr__e _x__.._y___.csv\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20_x__.._y%0D%0A%E2%82%AC.csv"
    );
}

#[test]
fn a_file_is_never_named_like_a_folder_or_hidden() {
    for (title, expected) in [
        ("..", "clip.csv"),
        ("", "clip.csv"),
        (" . ", "clip.csv"),
        (".x", "x.csv"),
        ("../../x", "_.._x.csv"),
        ("Sales, e.g. ", "Sales, e.g..csv"),
    ] {
        let header = disposition(title, Format::Csv);
        let header = header.to_str().unwrap();
        let (_, name) = header.split_once("filename=\"").unwrap();
        let (name, _) = name.split_once('"').unwrap();
        assert_eq!(name, expected, "{title:?}");
    }
}
