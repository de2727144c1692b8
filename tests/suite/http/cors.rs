//! Other origins may read open clips and what a token opens, and nothing else.

use std::time::Duration;

use dataclips::model::Role;
use dataclips::run::Limits;

use super::*;
use crate::support::LIMITS;

const EXPOSED: &str = "ETag, Retry-After, Age, X-Dataclips-Version, X-Dataclips-Result, X-Dataclips-Rows, \
                       X-Dataclips-Truncated, X-Dataclips-Started-At, X-Dataclips-Checked-At, X-Dataclips-Replaced, \
                       X-Dataclips-Stale, X-Dataclips-Server, X-Dataclips-Behind-By";

fn check_allowed(answer: &Response, why: &str) {
    assert_eq!(header(answer, "access-control-allow-origin"), "*", "{why}");
    assert_eq!(
        header(answer, "access-control-expose-headers"),
        EXPOSED,
        "{why}"
    );
    assert_eq!(
        header(answer, "access-control-allow-credentials"),
        "",
        "{why}"
    );
}

fn check_not_allowed(answer: &Response, why: &str) {
    let mut names = answer.headers().keys();
    assert!(
        names.all(|name| !name.as_str().starts_with("access-control")),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_an_open_clip_may_be_read_from_every_origin() {
    let limits = Limits {
        timeout: Duration::from_millis(300),
        ..LIMITS
    };
    let server = Server::with_limits(limits).await;
    let suffixes = &ADDRESSES[1..];
    for (sql, status) in [
        ("select 1 as a", 200),
        ("select 1 / 0", 422),
        ("select pg_cancel_backend(pg_backend_pid())", 503),
        ("select pg_sleep(30)", 504),
    ] {
        let clip = server.create_clip(sql).await;
        for rest in suffixes {
            let answer = ask_with(
                &server.anonymous(),
                &clip,
                rest,
                ("origin", "https://elsewhere.example"),
            )
            .await;
            assert_eq!(answer.status(), status, "{sql}");
            check_allowed(&answer, sql);
        }
    }
    let clip = server.create_clip("select 1 as a").await;
    for (rest, status) in [
        (".pdf", 404),
        (".csv?version=9", 404),
        (".csv?result=2", 404),
        (".csv?version=x", 400),
    ] {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        assert_eq!(answer.status(), status);
        check_allowed(&answer, rest);
    }
    check_not_allowed(
        &ask(&server.anonymous(), &clip, "").await,
        "a page is no machine format",
    );
    remove(&server, &clip).await;
    let gone = ask(&server.anonymous(), &clip, ".csv").await;
    assert_eq!(gone.status(), 410);
    check_allowed(&gone, "it is open, and gone");
    let orphan = server.create_clip("select 1 as a").await;
    remove_database(&server).await;
    let answer = ask(&server.anonymous(), &orphan, ".csv").await;
    assert_eq!(answer.status(), 503);
    check_allowed(&answer, "its database was removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_clip_may_be_read_from_elsewhere_only_by_its_token() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    protect(&server, &clip).await;
    let guest = server.user("guest@example.com", Role::Guest).await;
    for rest in &ADDRESSES[1..] {
        check_not_allowed(&ask(&server.anonymous(), &clip, rest).await, rest);
        check_not_allowed(&ask(&guest, &clip, rest).await, rest);
        check_allowed(&ask(&server.administrator, &clip, rest).await, rest);
    }
    check_not_allowed(
        &ask(&server.anonymous(), &clip, ".pdf").await,
        "unknown format",
    );
    check_allowed(
        &ask(&server.administrator, &clip, ".pdf").await,
        "unknown format",
    );
    let cookie = ask_with(&server.anonymous(), &clip, ".csv", ("cookie", "session=x")).await;
    check_not_allowed(&cookie, "a cookie never counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_gets_the_same_response_for_known_and_unknown_clips_without_the_store() {
    let server = Server::start().await;
    let open = server.create_clip("select 1 as a").await;
    let protected = server.create_clip("select 1 as a").await;
    protect(&server, &protected).await;
    let removed = server.create_clip("select 1 as a").await;
    remove(&server, &removed).await;
    server.app.store.close();
    let unknown = "z".repeat(28);
    for slug in [
        &open.slug,
        &protected.slug,
        &removed.slug,
        &unknown,
        &"short".to_owned(),
    ] {
        for rest in ADDRESSES[1..]
            .iter()
            .chain(&["-with-a.name.csv", ".json?version=2"])
        {
            let answer = preflight(&server, &format!("/{slug}{rest}")).await;
            assert_eq!(answer.status(), 204, "{slug}{rest}");
            check_allowed(&answer, rest);
            for (name, expected) in [
                ("access-control-allow-methods", "GET, HEAD"),
                (
                    "access-control-allow-headers",
                    "Authorization, If-None-Match, Prefer",
                ),
                ("access-control-max-age", "86400"),
                ("content-length", ""),
            ] {
                assert_eq!(header(&answer, name), expected, "{slug}{rest} {name}");
            }
            assert_eq!(answer.bytes().await.unwrap().len(), 0);
        }
    }
    let bare = preflight(&server, &format!("/{}", open.slug)).await;
    assert_eq!(bare.status(), 204);
    check_allowed(&bare, "Accept may name a format");
    for path in [format!("/{}/share", open.slug), "/robots.txt".to_owned()] {
        let answer = preflight(&server, &path).await;
        assert_eq!(answer.status(), 405, "{path}");
        check_not_allowed(&answer, &path);
    }
}

async fn preflight(server: &Server, path: &str) -> Response {
    let request = server.anonymous().request(Method::OPTIONS, path);
    let request = request
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    request.send().await.unwrap()
}
