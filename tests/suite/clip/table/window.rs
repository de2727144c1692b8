//! `GET /{slug}/rows`: a part of a stored result, sorted and filtered.

use serde_json::json;

use crate::http::protect;
use crate::http::{ask, remove};
use crate::live::{Moods, bytes, results};
use crate::support::{Client, Clip, Server, status_and_body};
use serde_json::Value;

const SQL: &str = "select n, case n when 3 then null else 'name ' || n end as name, (n * 7 % 12)::numeric as \"9\"
    from moods, generate_series(1, 12) as n";

/// The first column of the rows that are shown.
async fn shown(client: &Client, clip: &Clip, query: &str) -> Vec<u64> {
    let (status, body) = status_and_body(ask(client, clip, &format!("/rows{query}")).await).await;
    assert_eq!(status, 200, "{query}: {body}");
    let values = body["values"].as_array().unwrap();
    values.iter().map(|row| row[0].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_shows_the_requested_rows_and_queries_no_database() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(SQL).await;
    let visitor = server.anonymous();
    assert_eq!(ask(&visitor, &clip, "/rows").await.status(), 404, "not yet");
    let whole: Value = ask(&visitor, &clip, ".json").await.json().await.unwrap();
    moods.drop().await;
    let (_, body) = status_and_body(ask(&visitor, &clip, "/rows").await).await;
    for key in [
        "fields",
        "types",
        "type_names",
        "values",
        "rows",
        "truncated",
        "version",
        "result",
    ] {
        assert_eq!(body[key], whole[key], "{key}");
    }
    assert_eq!(
        (&body["offset"], &body["matching"]),
        (&json!(0), &json!(12))
    );
    let all: Vec<u64> = (1..=12).collect();
    let descending: Vec<u64> = (1..=12).rev().collect();
    for (query, expected) in [
        ("", all.clone()),
        ("?offset=3&limit=2", vec![4, 5]),
        ("?offset=11&limit=5", vec![12]),
        ("?offset=12", vec![]),
        ("?limit=0", vec![]),
        ("?limit=100000", all.clone()),
        ("?sort=1", all),
        ("?sort=-1", descending.clone()),
        ("?sort=-n", descending),
        // As text, and NULL last both ways.
        ("?sort=name", vec![1, 10, 11, 12, 2, 4, 5, 6, 7, 8, 9, 3]),
        ("?sort=-name&limit=2", vec![9, 8]),
        ("?sort=-2&offset=11", vec![3]),
        // As numbers.
        ("?sort=3&limit=4", vec![12, 7, 2, 9]),
        ("?filter=NAME%201", vec![1, 10, 11, 12]),
        ("?filter=name%201&sort=-1&offset=1&limit=2", vec![11, 10]),
        ("?filter=nothing", vec![]),
        ("?version=1&result=1&limit=1", vec![1]),
        ("?sort=&filter=&limit=&offset=1", (2..=12).collect()),
    ] {
        assert_eq!(shown(&visitor, &clip, query).await, expected, "{query}");
    }
    let (_, body) =
        status_and_body(ask(&visitor, &clip, "/rows?filter=name%201&limit=1").await).await;
    assert_eq!((&body["matching"], &body["rows"]), (&json!(4), &json!(12)));
    assert_eq!(
        results(&server.administrator, &clip).await.len(),
        1,
        "nothing ran"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_cannot_be_shown_says_why_in_json() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let failing = server.create_clip("select 1 / 0").await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    assert_eq!(ask(&visitor, &failing, ".csv").await.status(), 422);
    for (query, status) in [
        ("?offset=-1", 400),
        ("?limit=-1", 400),
        ("?offset=one", 400),
        ("?sort=0", 400),
        ("?sort=2", 400),
        ("?sort=-2", 400),
        ("?sort=two", 400),
        ("?sort=-", 400),
        ("?version=one", 400),
        ("?version=2", 404),
        ("?version=1&result=2", 404),
    ] {
        let (answered, body) =
            status_and_body(ask(&visitor, &clip, &format!("/rows{query}")).await).await;
        assert_eq!(answered, status, "{query}: {body}");
        assert!(
            body["error"]["message"].as_str().is_some(),
            "{query}: {body}"
        );
    }
    let (status, _) = status_and_body(ask(&visitor, &failing, "/rows").await).await;
    assert_eq!(status, 404);
    let (status, body) = status_and_body(ask(&visitor, &failing, "/rows?result=1").await).await;
    assert_eq!((status, &body["error"]["sqlstate"]), (422, &json!("22012")));
    protect(&server, &clip).await;
    let (status, body) = status_and_body(ask(&visitor, &clip, "/rows?sort=two").await).await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!("protected")));
    assert_eq!(
        ask(&server.administrator, &clip, "/rows").await.status(),
        200
    );
    remove(&server, &clip).await;
    assert_eq!(
        ask(&server.administrator, &clip, "/rows").await.status(),
        410
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_longer_than_a_window_is_for_the_downloads() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select 1 as n, 'short' as text union all select 2, repeat('x', 5000000)")
        .await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    let (status, body) = status_and_body(ask(&visitor, &clip, "/rows").await).await;
    assert_eq!((status, &body["values"]), (200, &json!([[1, "short"]])));
    assert_eq!(body["matching"], 2);
    let (status, body) = status_and_body(ask(&visitor, &clip, "/rows?offset=1").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (422, &json!("too_large_for_format"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn as_text_every_value_is_what_postgresql_printed() {
    let server = Server::start().await;
    let sql = "select 12345678901234567890::numeric as n, true as yes, null::text as nothing, 1.10::float8 as f,
        '{\"a\": 1.00}'::json as doc, repeat('é', 10) as words, '{t,f}'::boolean[] as answers";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    let long = "é".repeat(10);
    let doc = "{\"a\": 1.00}";
    let (_, body) = status_and_body(ask(&visitor, &clip, "/rows?form=text").await).await;
    let texts = json!([[
        "12345678901234567890",
        "true",
        null,
        "1.1",
        doc,
        long,
        "{t,f}"
    ]]);
    assert_eq!((&body["values"], body.get("cut")), (&texts, None));
    // With a limit of characters, `cut` lists the texts that are longer.
    let (_, body) =
        status_and_body(ask(&visitor, &clip, "/rows?form=text&characters=9").await).await;
    let (number, words) = ("123456789", "é".repeat(9));
    let texts = json!([[number, "true", null, "1.1", "{\"a\": 1.0", words, "{t,f}"]]);
    assert_eq!(body["values"], texts);
    assert_eq!(body["cut"], json!([[0, 0], [0, 4], [0, 5]]));
    // One column alone, by number or name, in either form.
    for (query, field, values) in [
        ("form=text&column=1", "n", json!([["12345678901234567890"]])),
        (
            "form=text&column=words&characters=10",
            "words",
            json!([[long]]),
        ),
        ("form=text&column=yes", "yes", json!([["true"]])),
        ("column=4", "f", json!([[1.1]])),
    ] {
        let (status, body) =
            status_and_body(ask(&visitor, &clip, &format!("/rows?{query}")).await).await;
        assert_eq!((status, &body["values"]), (200, &values), "{query}");
        assert_eq!(body["fields"], json!([field]), "{query}");
    }
    for query in [
        "form=csv",
        "characters=3",
        "form=text&characters=a",
        "column=0",
        "column=8",
        "column=none",
    ] {
        let (status, body) =
            status_and_body(ask(&visitor, &clip, &format!("/rows?{query}")).await).await;
        assert_eq!(status, 400, "{query}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_row_is_sent_if_only_the_beginnings_of_its_cells_are_requested() {
    let server = Server::start().await;
    let sql = "select 1 as n, repeat('x', 3000000) as a, repeat('y', 3000000) as b";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    let (status, _) = status_and_body(ask(&visitor, &clip, "/rows?form=text").await).await;
    assert_eq!(status, 422);
    let (_, body) =
        status_and_body(ask(&visitor, &clip, "/rows?form=text&characters=2").await).await;
    assert_eq!(body["values"], json!([["1", "xx", "yy"]]));
    assert_eq!(body["cut"], json!([[0, 1], [0, 2]]));
    let (_, body) = status_and_body(ask(&visitor, &clip, "/rows?form=text&column=3").await).await;
    assert_eq!(body["values"][0][0].as_str().unwrap().len(), 3_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_of_a_column_are_exact_and_follow_the_filter() {
    let server = Server::start().await;
    let sql = "select n, case n when 3 then null else n / 10.0 end as part, n % 2 = 0 as even, 'row ' || n as name
        from generate_series(1, 12) as n";
    let clip = server.create_clip(sql).await;
    let visitor = server.anonymous();
    bytes(&visitor, &clip, ".csv").await;
    for (query, totals) in [
        (
            "?limit=0&totals=part",
            json!({"column": 2, "count": 11, "nulls": 1, "distinct": 11, "sum": "7.50000000000000000000", "average": "0.68181818181818181818181818",
                "average_rounded": true, "min": "0.10000000000000000000", "max": "1.2000000000000000"}),
        ),
        (
            "?limit=1&totals=1&filter=true",
            json!({"column": 1, "count": 6, "nulls": 0, "distinct": 6, "sum": "42", "average": "7", "average_rounded": false,
                "min": "2", "max": "12"}),
        ),
        (
            "?totals=3",
            json!({"column": 3, "count": 12, "nulls": 0, "distinct": 2, "min": "false", "max": "true"}),
        ),
        (
            "?totals=name&filter=nothing",
            json!({"column": 4, "count": 0, "nulls": 0, "distinct": 0}),
        ),
    ] {
        let (status, body) =
            status_and_body(ask(&visitor, &clip, &format!("/rows{query}")).await).await;
        assert_eq!(status, 200, "{query}: {body}");
        assert_eq!(body["totals"], totals, "{query}");
    }
    let (_, body) = status_and_body(ask(&visitor, &clip, "/rows").await).await;
    assert!(body.get("totals").is_none(), "{body}");
    for query in ["?totals=0", "?totals=5", "?totals=none"] {
        let (status, _) =
            status_and_body(ask(&visitor, &clip, &format!("/rows{query}")).await).await;
        assert_eq!(status, 400, "{query}");
    }
    protect(&server, &clip).await;
    let (status, _) = status_and_body(ask(&visitor, &clip, "/rows?totals=1").await).await;
    assert_eq!(status, 401);
}
