//! `GET /{slug}/columns`: whole columns of a stored result.

use std::time::{Duration, Instant};

use crate::support::{Client, Clip, Server, status_and_body};
use serde_json::{Value, json};

async fn ask(client: &Client, clip: &Clip, query: &str) -> (u16, Value) {
    status_and_body(client.get(&format!("/{}/columns{query}", clip.slug)).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_hold_the_texts_of_the_stored_result() {
    let server = Server::start().await;
    let sql = "select n, n > 1 as \"more?\", case n when 2 then null else 'größe \"' || n end as n,
        'NaN'::numeric as no, timestamptz '2026-01-01 12:00+00' as at from generate_series(1, 2) as n";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    let (status, body) = ask(&visitor, &clip, "?columns=1").await;
    assert_eq!(status, 404, "not yet: {body}");
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let (status, body) = ask(&visitor, &clip, "?columns=5,3,2,1,4").await;
    let expected = json!({
        "fields": ["at", "n", "more?", "n", "no"],
        "type_names": ["timestamptz", "text", "bool", "int4", "numeric"],
        "rows": 2,
        "matching": 2,
        "truncated": false,
        "version": 1,
        "result": 1,
        "columns": [
            ["2026-01-01 12:00:00+00", "2026-01-01 12:00:00+00"],
            ["größe \"1", null],
            ["false", "true"],
            ["1", "2"],
            ["NaN", "NaN"],
        ],
    });
    assert_eq!((status, body), (200, expected.clone()));
    let kept = ask(&visitor, &clip, "?version=1&result=1&columns=5,3,2,1,4").await;
    assert_eq!(kept, (200, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_are_not_there_are_refused_with_a_sentence() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a, 2 as b").await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let many = format!("?columns={}1", "1,".repeat(22));
    for query in [
        "",
        "?columns=",
        "?columns=0",
        "?columns=3",
        "?columns=1,,2",
        "?columns=a",
        "?columns=-1",
        &many,
    ] {
        let (status, body) = ask(&server.anonymous(), &clip, query).await;
        let message = body["error"]["message"].as_str().unwrap();
        assert!(
            status == 400 && message.contains("from 1 to 2"),
            "{query}: {status} {body}"
        );
    }
    let (status, _) = ask(&server.anonymous(), &clip, "?columns=1&result=9").await;
    assert_eq!(status, 404);
}

/// The plan of a query reveals the query.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_only_to_those_who_see_the_query() {
    let server = Server::start().await;
    let clip = server.create_clip("explain select 'xyzzy'").await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let path = format!("/api/v1/clips/{}", clip.slug);
    let hidden = json!({"show_sql": false});
    let answer = server.administrator.patch(&path, &hidden).await;
    assert_eq!(answer.status(), 200);
    for (client, expected) in [(&server.anonymous(), 403), (&server.administrator, 200)] {
        let (status, body) = ask(client, &clip, "?columns=1").await;
        assert_eq!(status, expected, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_one_format_opens_columns_only_if_that_is_json() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let api = format!("/api/v1/clips/{}", clip.slug);
    let protected = json!({"anyone": false});
    server
        .administrator
        .put(&format!("{api}/access"), &protected)
        .await;
    for (format, expected) in [("csv", 403), ("json", 200)] {
        let new = json!({"label": format, "formats": [format]});
        let path = format!("{api}/links");
        let (_, link) = status_and_body(server.administrator.post(&path, &new).await).await;
        let token = link["token"].as_str().unwrap();
        let query = format!("?columns=1&access-token={token}");
        let (status, body) = ask(&server.anonymous(), &clip, &query).await;
        assert_eq!(status, expected, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_of_three_columns_come_at_once() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select ordered_at, amount, customer from orders order by id limit 29999")
        .await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let visitor = server.anonymous();
    let (mut quickest, mut body) = (Duration::MAX, Value::Null);
    for _ in 0..5 {
        let asked = Instant::now();
        let answer = visitor
            .get(&format!("/{}/columns?columns=1,2,3", clip.slug))
            .await;
        let text = answer.text().await.unwrap();
        quickest = quickest.min(asked.elapsed());
        body = serde_json::from_str(&text).unwrap();
    }
    for column in body["columns"].as_array().unwrap() {
        assert_eq!(column.as_array().unwrap().len(), 29_999);
    }
    assert_eq!(body["columns"][1][29_998], "37498.75");
    // A debug build on a busy machine; a release build takes a tenth of that.
    assert!(quickest < Duration::from_millis(1_000), "{quickest:?}");
}
