//! `?filter=` and `?sort=` in every format: the rows of the table's view, and the headers that belong to them.

use serde_json::Value;

use crate::http::{ask, ask_with, header};
use crate::support::{Clip, Server, status_and_body};

const SQL: &str = "select n, 'row ' || n as name, n % 3 = 0 as third from generate_series(1, 30) n";

async fn lines(server: &Server, clip: &Clip, rest: &str) -> Vec<String> {
    let answer = ask(&server.anonymous(), clip, rest).await;
    assert_eq!(answer.status(), 200, "{rest}");
    let text = answer.text().await.unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_takes_the_filter_and_the_order_along() {
    let server = Server::start().await;
    let clip = server.create_clip(SQL).await;
    for (rest, rows) in [
        (
            ".csv?filter=row%202&sort=-n",
            "29,row 29,false 28,row 28,false 27,row 27,true",
        ),
        (
            ".csv?filter=TRUE&sort=1",
            "3,row 3,true 6,row 6,true 9,row 9,true",
        ),
        (
            ".csv?sort=-name",
            "9,row 9,true 8,row 8,false 7,row 7,false",
        ),
        (
            ".csv?filter=&sort=",
            "1,row 1,false 2,row 2,false 3,row 3,true",
        ),
        (".csv?filter=nowhere", ""),
    ] {
        let lines = lines(&server, &clip, rest).await;
        assert_eq!(lines[0], "n,name,third", "{rest}");
        let beginning: Vec<&str> = lines[1..].iter().take(3).map(String::as_str).collect();
        assert_eq!(beginning.join(" "), rows, "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_has_the_selected_rows_and_says_how_many() {
    let server = Server::start().await;
    let clip = server.create_clip(SQL).await;
    for format in ["csv", "tsv", "json", "ndjson", "xml", "xlsx"] {
        let rest = format!(".{format}?filter=true&sort=-1");
        let answer = ask(&server.anonymous(), &clip, &rest).await;
        assert_eq!(header(&answer, "x-dataclips-rows"), "10", "{format}");
        assert!(!answer.bytes().await.unwrap().is_empty());
    }
    let answer = ask(&server.anonymous(), &clip, ".json?filter=true&sort=-1").await;
    let (_, body) = status_and_body(answer).await;
    assert_eq!(body["rows"], 10);
    assert_eq!(body["values"][0][0], 30);
    let whole = status_and_body(ask(&server.anonymous(), &clip, ".json").await)
        .await
        .1;
    assert_ne!(body["checksum"], whole["checksum"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_has_its_own_entity_tag_which_is_revalidated() {
    let server = Server::start().await;
    let clip = server.create_clip(SQL).await;
    let visitor = server.anonymous();
    let tag = async |rest: &str| {
        let answer = ask(&visitor, &clip, rest).await;
        header(&answer, "etag").to_owned()
    };
    let (whole, selected) = (tag(".csv").await, tag(".csv?filter=true").await);
    assert_ne!(whole, selected);
    assert_eq!(tag(".csv?filter=TRUE").await, selected, "the same bytes");
    for (rest, sent, status) in [
        (".csv?filter=true", &selected, 304),
        (".csv?filter=true", &whole, 200),
        (".csv", &selected, 200),
    ] {
        let answer = ask_with(&visitor, &clip, rest, ("if-none-match", sent)).await;
        assert_eq!(answer.status(), status, "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_rows_and_cut_rows_are_selected_too() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select n from generate_series(1, 40000) n")
        .await;
    let answer = ask(&server.anonymous(), &clip, ".csv?sort=-n").await;
    assert_eq!(header(&answer, "x-dataclips-truncated"), "true");
    assert_eq!(header(&answer, "x-dataclips-rows"), "29999");
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .starts_with("n\n29999\n29998\n")
    );
    let rows = lines(&server, &clip, ".csv?version=1&result=1&filter=2999").await;
    let expected: Vec<String> = (1..30_000).map(|n: u32| n.to_string()).collect();
    let expected = expected.into_iter().filter(|n| n.contains("2999"));
    assert_eq!(rows[1..], expected.collect::<Vec<String>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_by_a_column_that_does_not_exist_is_refused() {
    let server = Server::start().await;
    let clip = server.create_clip(SQL).await;
    for rest in [".csv?sort=-salary", ".json?sort=4"] {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        let (status, body): (u16, Value) = status_and_body(answer).await;
        assert_eq!(status, 400, "{rest}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("`sort` must be a column's number"),
            "{message}"
        );
    }
}
