//! The status of every response, and the same error as a page and as JSON.

use std::time::Duration;

use dataclips::model::Role;
use dataclips::run::Limits;
use serde_json::Value;

use crate::http::{ADDRESSES, ask, ask_with, change, header, protect, remove, remove_database};
use crate::support::LIMITS;
use crate::support::Server;
use reqwest::{Method, Response};
use serde_json::json;

/// Reads an error in the format that the URL implies: JSON, or a page.
async fn check_error(answer: Response, rest: &str, status: u16, code: &str) {
    let seen = answer.status();
    let content_type = header(&answer, "content-type").to_owned();
    let retry_after = header(&answer, "retry-after").to_owned();
    let authenticate = header(&answer, "www-authenticate").to_owned();
    let body = answer.text().await.unwrap();
    assert_eq!(seen, status, "{rest}: {body}");
    assert_eq!(!retry_after.is_empty(), status == 503, "{rest}");
    assert!(status != 503 || retry_after.parse::<u32>().unwrap() > 0);
    assert_eq!(
        authenticate,
        if status == 401 { "Bearer" } else { "" },
        "{rest}"
    );
    let is_page = !rest.split('?').next().unwrap().contains('.');
    if is_page {
        assert_eq!(content_type, "text/html; charset=utf-8", "{rest}");
        assert!(
            body.starts_with("<!doctype html>") && body.contains("<h1>"),
            "{body}"
        );
        return;
    }
    assert_eq!(content_type, "application/json", "{rest}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let error = body["error"].as_object().unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    assert_eq!(error["code"], code, "{rest}");
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert!(error.values().all(|value| !value.is_null()), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_has_its_status_as_a_page_and_in_each_format() {
    let limits = Limits {
        timeout: Duration::from_millis(300),
        ..LIMITS
    };
    let server = Server::with_limits(limits).await;
    let visitor = server.anonymous();
    for (sql, status, code) in [
        ("select * from nowhere", 422, "sql_error"),
        ("select 1 / 0", 422, "sql_error"),
        ("delete from orders", 422, "no_columns"),
        ("delete from orders returning id", 422, "sql_error"),
        ("select $1::int", 422, "parameters"),
        ("select pg_sleep(30)", 504, "timeout"),
        (
            "select pg_cancel_backend(pg_backend_pid())",
            503,
            "unavailable",
        ),
        (
            "select pg_terminate_backend(pg_backend_pid())",
            503,
            "unavailable",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        for rest in ADDRESSES {
            check_error(ask(&visitor, &clip, rest).await, rest, status, code).await;
        }
    }
    server.no_query_is_left().await;
    assert_eq!(server.memory.bytes_held(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found_by_any_visitor() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let visitor = server.anonymous();
    for rest in ADDRESSES {
        assert_eq!(ask(&visitor, &clip, rest).await.status(), 200, "{rest}");
        for (query, status) in [
            ("?version=1", 200),
            ("?version=1&result=1", 200),
            ("?result=1&utm_source=mail", 200),
            ("?version=2", 404),
            ("?version=0", 404),
            ("?result=2", 404),
            ("?version=1&result=0", 404),
            ("?version=one", 400),
            ("?result=-1", 400),
        ] {
            let rest = format!("{rest}{query}");
            let answer = ask(&visitor, &clip, &rest).await;
            match status {
                200 => assert_eq!(answer.status(), 200, "{rest}"),
                404 => check_error(answer, &rest, 404, "not_found").await,
                _ => check_error(answer, &rest, 400, "bad_request").await,
            }
        }
    }
    for client in [&visitor, &server.administrator] {
        for rest in ADDRESSES {
            for slug in ["z".repeat(28), "too-short".to_owned(), "Z".repeat(28)] {
                let answer = client.get(&format!("/{slug}{rest}")).await;
                check_error(answer, rest, 404, "not_found").await;
            }
        }
    }
    for nowhere in [
        "/favicon.ico",
        "/humans.txt",
        "/a/b/c",
        "/clips/x/y",
        "/%ff",
        "/%00",
    ] {
        check_error(visitor.get(nowhere).await, "", 404, "not_found").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_format_lists_the_formats() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1").await;
    for rest in [".pdf", ".", ".CSV", ".csv.gz", ".csv%20", ".html"] {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        let body: Value = answer.json().await.unwrap();
        let message = body["error"]["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains("csv, tsv, json, ndjson, xml, xls, xlsx, parquet, geojson, md, sql"),
            "{message}"
        );
        check_error(
            ask(&server.anonymous(), &clip, rest).await,
            rest,
            404,
            "not_found",
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_clip_says_only_that() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'xyzzy' as secret_column").await;
    change(&server, &clip, json!({"title": "Layoffs"})).await;
    protect(&server, &clip).await;
    let guest = server.user("guest@example.com", Role::Guest).await;
    let member = server.user("member@example.com", Role::Member).await;
    let mut addresses: Vec<String> = ADDRESSES.map(str::to_owned).to_vec();
    let others = [
        ".pdf",
        ".",
        "-Layoffs.csv",
        ".csv?version=7",
        ".json?result=2",
        ".csv?version=x",
    ];
    addresses.extend(others.map(str::to_owned));
    addresses.extend(["?version=7", "?result=2", "?version=x"].map(str::to_owned));
    for rest in &addresses {
        check_error(
            ask(&server.anonymous(), &clip, rest).await,
            rest,
            401,
            "protected",
        )
        .await;
        for user in [&guest, &member] {
            check_error(ask(user, &clip, rest).await, rest, 403, "forbidden").await;
        }
        let words = ask(&server.anonymous(), &clip, rest)
            .await
            .text()
            .await
            .unwrap();
        for secret in ["xyzzy", "secret_column", "Layoffs"] {
            assert!(!words.contains(secret), "{rest}: {words}");
        }
    }
    let page = ask(&server.anonymous(), &clip, "")
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("This clip is protected"), "{page}");
    for rest in ADDRESSES {
        assert_eq!(
            ask(&server.administrator, &clip, rest).await.status(),
            200,
            "{rest}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_counts_in_the_authorization_header_and_nowhere_else() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    protect(&server, &clip).await;
    let made = server
        .administrator
        .request(Method::GET, "/")
        .build()
        .unwrap();
    let bearer = made.headers()["authorization"].to_str().unwrap().to_owned();
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let visitor = server.anonymous();
    for header in ["Bearer ", "bearer ", "BEARER   "] {
        let value = format!("{header}{token}");
        let answer = ask_with(&visitor, &clip, ".csv", ("authorization", &value)).await;
        assert_eq!(answer.status(), 200, "{header}");
        assert_eq!(header_of_cors(&answer), "*");
    }
    for name in [
        "token",
        "access-token",
        "access_token",
        "api_key",
        "authorization",
    ] {
        for rest in [".json", ""] {
            let rest = format!("{rest}?{name}={token}");
            assert_eq!(ask(&visitor, &clip, &rest).await.status(), 401, "{name}");
        }
    }
    for (header, value) in [
        (
            "cookie",
            format!("session={token}; token={token}; id={token}"),
        ),
        ("authorization", format!("Basic {token}")),
        ("authorization", token.to_owned()),
        ("authorization", format!("Bearer {}x", token)),
        ("authorization", "Bearer".to_owned()),
        ("x-api-key", token.to_owned()),
    ] {
        let answer = ask_with(&visitor, &clip, ".csv", (header, &value)).await;
        assert_eq!(answer.status(), 401, "{header}");
        assert_eq!(header_of_cors(&answer), "", "{header}");
    }
    let open = server.create_clip("select 1 as a").await;
    let answer = ask_with(
        &visitor,
        &open,
        ".csv",
        ("authorization", "Bearer nonsense"),
    )
    .await;
    assert_eq!(
        answer.status(),
        200,
        "an open clip stays open to a wrong token"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_clip_is_gone_in_every_format_until_it_is_restored() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    remove(&server, &clip).await;
    for rest in ADDRESSES
        .into_iter()
        .chain([".pdf", "?version=7", ".csv?result=2"])
    {
        for client in [&server.anonymous(), &server.administrator] {
            check_error(ask(client, &clip, rest).await, rest, 410, "removed").await;
        }
    }
    let path = format!("/api/v1/clips/{}/restore", clip.slug);
    server.administrator.post(&path, &json!({})).await;
    for rest in ADDRESSES {
        assert_eq!(
            ask(&server.anonymous(), &clip, rest).await.status(),
            200,
            "{rest}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_whose_database_was_removed_says_so() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    remove_database(&server).await;
    for rest in ADDRESSES {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        check_error(answer, rest, 503, "database_removed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_store_is_reported_as_such() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    server.app.store.close();
    for client in [&server.anonymous(), &server.administrator] {
        for rest in ADDRESSES {
            check_error(ask(client, &clip, rest).await, rest, 503, "unavailable").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_refused_with_those_that_are_allowed() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for rest in ADDRESSES {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            if rest.is_empty() && method == Method::POST {
                // That is how the page's own form changes the query.
                continue;
            }
            let path = format!("/{}{rest}", clip.slug);
            let answer = server
                .anonymous()
                .request(method, &path)
                .send()
                .await
                .unwrap();
            let allowed = header(&answer, "allow").to_owned();
            assert!(
                allowed.contains("GET") && allowed.contains("HEAD"),
                "{rest}: {allowed:?}"
            );
            check_error(answer, rest, 405, "wrong_method").await;
        }
    }
}

fn header_of_cors(answer: &Response) -> &str {
    header(answer, "access-control-allow-origin")
}
