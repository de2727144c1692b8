//! Rows and bytes.

use std::time::{Duration, Instant};

use dataclips::run::Limits;
use reqwest::Response;
use serde_json::Value;

use crate::support::{Clip, LIMITS, Server, Workbook};

/// How many rows an answer holds, and by which limit it says that it was cut.
type Told = (usize, Option<String>);

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_cut_at_29999_rows_and_says_so_in_every_format() {
    let server = Server::start().await;
    for (rows, cut) in [
        (40_000, Some("rows")),
        (30_000, Some("rows")),
        (29_999, None),
    ] {
        let sql = format!("select n, 'row ' || n as text from generate_series(1, {rows}) as n");
        let clip = server.create_clip(&sql).await;
        assert_told(&server, &clip, 29_999, cut).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_cut_after_the_last_whole_row_that_fits_its_bytes() {
    let server = Server::with_limits(Limits {
        bytes_max: 100_000,
        ..LIMITS
    })
    .await;
    for (sql, rows, cut) in [
        (
            "select repeat('x', 1000) from generate_series(1, 100)",
            100,
            None,
        ),
        (
            "select repeat('x', 1000) from generate_series(1, 101)",
            100,
            Some("bytes"),
        ),
        (
            "select repeat('ö', 500) from generate_series(1, 101)",
            100,
            Some("bytes"),
        ),
        (
            "select repeat('x', 60000), repeat('x', 600 * (n % 100)) from generate_series(66, 70) as n",
            1,
            Some("bytes"),
        ),
        (
            "select repeat('x', n * 1000) from generate_series(1, 40000) as n",
            13,
            Some("bytes"),
        ),
        (
            "select 'small' union all select repeat('x', 100000)",
            1,
            Some("bytes"),
        ),
        (
            "select n, null::int from generate_series(1, 20000) as n",
            20_000,
            None,
        ),
    ] {
        let clip = server.create_clip(sql).await;
        assert_told(&server, &clip, rows, cut).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_row_that_exceeds_the_limit_is_refused_with_its_size() {
    let limits = Limits {
        bytes_max: 100_000,
        ..LIMITS
    };
    let server = Server::with_limits(limits).await;
    for sql in [
        "select repeat('x', 100001)",
        "select repeat('x', 50000), null, repeat('x', 50001)",
        "select repeat('x', 100000000) from generate_series(1, 3)",
    ] {
        let clip = server.create_clip(sql).await;
        let answer = fetch(&server, &clip, "json").await;
        assert_eq!(answer.status().as_u16(), 422, "{sql}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["error"]["code"], "row_too_large", "{sql}");
        let message = problem["error"]["message"].as_str().unwrap();
        let size = match sql.contains("100000000") {
            true => "95.4 MiB",
            false => "100001 bytes",
        };
        let expected = format!(
            "The first row holds {size}, more than the 100000 bytes that a result may have."
        );
        assert_eq!(message, expected, "{sql}");
    }
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unbounded_cross_join_is_answered_in_a_moment() {
    let server = Server::start().await;
    let sql = "select 1 from pg_attribute a, pg_attribute b, pg_attribute c";
    let clip = server.create_clip(sql).await;
    for format in ["csv", "json", ""] {
        let started = Instant::now();
        let answer = fetch(&server, &clip, format).await;
        assert_eq!(
            answer.headers()["x-dataclips-truncated"],
            "true",
            "{format}"
        );
        assert_eq!(answer.headers()["x-dataclips-rows"], "29999", "{format}");
        answer.bytes().await.unwrap();
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{format}: {:?}",
            started.elapsed()
        );
    }
    server.no_query_is_left().await;
}

async fn assert_told(server: &Server, clip: &Clip, rows: usize, cut: Option<&str>) {
    let sql = &clip.body["sql"];
    for format in [
        "csv",
        "tsv",
        "json",
        "json?shape=objects",
        "ndjson",
        "xml",
        "xlsx",
        "",
    ] {
        let answer = fetch(server, clip, format).await;
        assert_eq!(answer.status().as_u16(), 200, "{sql} as {format}");
        let is_cut = cut.is_some().to_string();
        assert_eq!(
            answer.headers()["x-dataclips-truncated"],
            *is_cut,
            "{sql} as {format}"
        );
        assert_eq!(
            answer.headers()["x-dataclips-rows"],
            *rows.to_string(),
            "{sql} as {format}"
        );
        let (counted, by) = status_and_body(format, answer).await;
        if !format.is_empty() {
            assert_eq!(counted, rows, "{sql} as {format}");
        }
        // The headers are all that the others have to say it with.
        if matches!(format, "json" | "xml" | "xlsx" | "") {
            assert_eq!(by.as_deref(), cut, "{sql} as {format}");
        }
    }
}

async fn status_and_body(format: &str, answer: Response) -> Told {
    let bytes = answer.bytes().await.unwrap();
    if format == "xlsx" {
        return told_by_workbook(&bytes);
    }
    let text = std::str::from_utf8(&bytes).unwrap();
    match format {
        "csv" | "tsv" => (text.lines().count() - 1, None),
        "ndjson" => (text.lines().count(), None),
        "json" => told_by_json(&serde_json::from_str(text).unwrap()),
        "json?shape=objects" => {
            let rows: Vec<Value> = serde_json::from_str(text).unwrap();
            (rows.len(), None)
        }
        "xml" => {
            let by = text.split_once("truncated=\"true\" truncated_by=\"");
            let by = by.and_then(|(_, rest)| rest.split_once('"'));
            (
                text.matches("<row>").count(),
                by.map(|(by, _)| by.to_owned()),
            )
        }
        _ => {
            let by = match text.contains("The query returns more rows.") {
                true if text.contains("byte limit allows") => Some("bytes"),
                true => Some("rows"),
                false => None,
            };
            (0, by.map(str::to_owned))
        }
    }
}

fn told_by_json(document: &Value) -> Told {
    let rows = document["values"].as_array().unwrap().len();
    assert_eq!(document["rows"], rows);
    let by = document["truncated_by"].as_str().map(str::to_owned);
    assert_eq!(document["truncated"], by.is_some());
    (rows, by)
}

fn told_by_workbook(bytes: &[u8]) -> Told {
    let workbook = Workbook::open(bytes);
    let rows = workbook
        .cells(1)
        .keys()
        .filter(|place| place.starts_with('A'))
        .count()
        - 1;
    let about = workbook.cells(2);
    assert_eq!(about["A8"], "text Truncated");
    let by = match about["B8"].as_str() {
        "text yes: the query returns more rows than the server's limit allows" => Some("rows"),
        "text yes: the query returns more bytes than the server's limit allows" => Some("bytes"),
        _ => None,
    };
    (rows, by.map(str::to_owned))
}

async fn fetch(server: &Server, clip: &Clip, format: &str) -> Response {
    let path = match format {
        "" => format!("/{}", clip.slug),
        format => format!("/{}.{format}", clip.slug),
    };
    server.anonymous().get(&path).await
}
