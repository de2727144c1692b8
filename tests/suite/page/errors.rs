//! Error messages: those who may see the query get PostgreSQL's words, everybody else only ours.

use crate::http::{ADDRESSES, ask, hide_sql};
use crate::support::Server;
use serde_json::Value;

/// Query, and the part of it or of PostgreSQL's message that must not appear.
const FAILING: &[(&str, &str)] = &[
    ("select concealed_column from orders", "concealed_column"),
    ("select * from concealed_table", "concealed_table"),
    ("select 'concealed value'::int", "concealed value"),
    ("select * from secrets", "secrets"),
    ("select 1 / 0 as concealed", "division by zero"),
    ("select 'concealed' || 1 +", "syntax"),
    ("select * from orderz", "orders"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_error_reveals_nothing_of_a_hidden_query() {
    let server = Server::start().await;
    for (sql, secret) in FAILING {
        let clip = server.create_clip(sql).await;
        let full: Value = ask(&server.anonymous(), &clip, ".json")
            .await
            .json()
            .await
            .unwrap();
        let told = full.to_string();
        assert!(told.contains(secret), "{sql}: {told}");
        hide_sql(&server, &clip).await;
        for rest in ADDRESSES {
            let answer = ask(&server.anonymous(), &clip, rest).await;
            assert_eq!(answer.status(), 422);
            let words = answer.text().await.unwrap();
            assert!(
                !words.contains(secret) && !words.contains("concealed"),
                "{rest}: {words}"
            );
            if rest.is_empty() {
                continue;
            }
            let error: Value = serde_json::from_str(&words).unwrap();
            let error = error["error"].as_object().unwrap();
            let keys: Vec<&str> = error.keys().map(String::as_str).collect();
            assert_eq!(keys, ["code", "message", "sqlstate"], "{sql}");
            assert_eq!(error["code"], "sql_error");
            assert_eq!(error["sqlstate"], full["error"]["sqlstate"]);
        }
        let owner: Value = ask(&server.administrator, &clip, ".json")
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(owner, full, "the owner sees their own query");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_carries_postgresqls_words_and_the_place() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select id,\n  'ß', nope\nfrom orders")
        .await;
    let error: Value = ask(&server.anonymous(), &clip, ".csv")
        .await
        .json()
        .await
        .unwrap();
    let error = &error["error"];
    assert_eq!(error["message"], "column \"nope\" does not exist");
    assert_eq!(error["sqlstate"], "42703");
    assert_eq!(error["position"], 19);
    for absent in ["detail", "hint", "field"] {
        assert_eq!(error.get(absent), None, "{absent}");
    }
    let page = ask(&server.anonymous(), &clip, "")
        .await
        .text()
        .await
        .unwrap();
    for words in [
        "column &#34;nope&#34; does not exist",
        "line 2, character 8",
        "SQLSTATE 42703",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let hinted = server
        .create_clip("select id + '1'::text from orders")
        .await;
    let error: Value = ask(&server.anonymous(), &hinted, ".csv")
        .await
        .json()
        .await
        .unwrap();
    assert!(
        error["error"]["hint"].as_str().unwrap().contains("cast"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_names_no_role_and_no_host_if_the_query_is_hidden() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select pg_terminate_backend(pg_backend_pid())")
        .await;
    hide_sql(&server, &clip).await;
    let answer = ask(&server.anonymous(), &clip, ".csv").await;
    assert_eq!(answer.status(), 503);
    let error: Value = answer.json().await.unwrap();
    let error = error["error"].as_object().unwrap();
    let keys: Vec<&str> = error.keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "message", "sqlstate"]);
    assert_eq!(error["sqlstate"], "57P01");
}
