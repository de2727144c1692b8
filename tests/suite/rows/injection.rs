//! Values that are made to break out of the text around them come back as they were given, in every format.

use reqwest::Method;
use serde_json::Value;

use crate::encode::xml_values;
use crate::http::{ask, header};
use crate::live::Moods;
use crate::support::{Client, Clip, Server, Workbook, status_and_body};

const SQL: &str = "select {{x}} as x, '{{x}}' as quoted, {{n = 7}}::int as n
                   from moods where mood <> {{x}} and {{x}}::text is not null -- {{x}}";

const TEXTS: [&str; 24] = [
    "'; drop table moods; --",
    "' or 'x' = 'x",
    "\\'; delete from moods; --",
    "x' || pg_sleep(5)::text || '",
    "$$; select 1; $$",
    "$1",
    "{{x}}",
    "{{n = 8}}",
    "}} or {{",
    "*/ ; select 1; /*",
    "\n; select 1\n--",
    "\" union select 'x",
    "\u{2019}; select 1",
    "\u{ff07}; select 1 --",
    "%27%20or%201=1",
    "NULL",
    "\\N",
    "{1,NULL}",
    "<script>alert(1)</script>",
    "]]><value null=\"true\"/>",
    "&lt;b&gt; &#39;",
    "x\",7\ry,\tz",
    "\u{202e}gnp.exe",
    "null\",\"values\":[[1]]",
];

/// Each byte as `%41`.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn rows(client: &Client, clip: &Clip, format: &str, text: &str) -> Vec<u8> {
    let answer = ask(client, clip, &format!("{format}?x={}", encoded(text))).await;
    assert_eq!(answer.status(), 200, "{format} {text:?}");
    assert_eq!(header(&answer, "x-dataclips-rows"), "1", "{text:?}");
    answer.bytes().await.unwrap().to_vec()
}

async fn document(client: &Client, clip: &Clip, format: &str, text: &str) -> Value {
    serde_json::from_slice(&rows(client, clip, format, text).await).unwrap()
}

/// As a page shows it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&#38;").replace('<', "&#60;");
    let text = text.replace('>', "&#62;").replace('"', "&#34;");
    text.replace('\'', "&#39;")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_comes_back_as_it_was_given_in_every_format() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(SQL).await;
    // Runs of signed-out readers are limited.
    let visitor = &server.administrator;
    for text in TEXTS {
        for (format, delimiter) in [(".csv", b','), (".tsv", b'\t')] {
            let bytes = rows(visitor, &clip, format, text).await;
            let mut reader = csv::ReaderBuilder::new();
            let mut reader = reader.delimiter(delimiter).from_reader(&bytes[..]);
            let records: Vec<_> = reader.records().map(Result::unwrap).collect();
            assert_eq!(records, [vec![text, "{{x}}", "7"]], "{format}");
        }
        let expected = serde_json::json!([text, "{{x}}", 7]);
        let json = document(visitor, &clip, ".json", text).await;
        assert_eq!(json["values"], serde_json::json!([expected]));
        let line = document(visitor, &clip, ".ndjson", text).await;
        assert_eq!(
            serde_json::json!([line["x"], line["quoted"], line["n"]]),
            expected
        );
        let xml = String::from_utf8(rows(visitor, &clip, ".xml", text).await).unwrap();
        // What a reader of XML makes of a carriage return is not at stake here.
        if !text.contains('\r') {
            let cells = [text, "{{x}}", "7"].map(|cell| Some(cell.to_owned()));
            assert_eq!(xml_values(&xml), cells, "{xml}");
        }
        let cells = Workbook::open(&rows(visitor, &clip, ".xlsx", text).await).cells(1);
        assert_eq!(cells["A2"], format!("text {text}"));
        assert_eq!(
            (cells["B2"].as_str(), cells["C2"].as_str()),
            ("text {{x}}", "number 7")
        );
        let window = document(visitor, &clip, "/rows", text).await;
        assert_eq!(window["values"], serde_json::json!([expected]));
        let rest = format!("/columns?columns=1&x={}", encoded(text));
        let (_, column) = status_and_body(ask(visitor, &clip, &rest).await).await;
        assert_eq!(column["columns"], serde_json::json!([[text]]));
        let page = String::from_utf8(rows(visitor, &clip, "", text).await).unwrap();
        let shown = text.lines().next().unwrap_or_default();
        assert!(page.contains(&escaped(shown)), "{text:?}: {page}");
        assert!(!page.contains("<script>alert"), "{page}");
    }
    moods.turn("there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_read_is_quoted_and_nothing_else() {
    let server = Server::start().await;
    let _moods = Moods::create(&server).await;
    let clip = server.create_clip(SQL).await;
    // Runs of signed-out readers are limited.
    let visitor = &server.administrator;
    for text in TEXTS {
        let rest = format!("?x=1&n={}", encoded(text));
        for _ in 0..2 {
            let (status, body) =
                status_and_body(ask(visitor, &clip, &format!(".json{rest}")).await).await;
            let error = &body["error"];
            assert_eq!(
                (status, error["code"].as_str()),
                (422, Some("parameter_unreadable"))
            );
            assert_eq!(error["sqlstate"], "22P02", "{error}");
        }
        let page = ask(visitor, &clip, &rest).await;
        assert_eq!(page.status(), 422);
        let page = page.text().await.unwrap();
        assert!(!page.contains("<script>alert"), "{page}");
    }
    let nul = ask(visitor, &clip, ".csv?x=%00").await;
    assert_eq!(nul.status(), 422);
    // What is not UTF-8 is not taken apart into bytes.
    let request = visitor.request(Method::GET, &format!("/{}.csv?x=%C0%A7", clip.slug));
    let rows = request.send().await.unwrap().text().await.unwrap();
    assert!(rows.contains('\u{fffd}'), "{rows}");
}
