//! Queries that nobody waits for any longer, and queries that are cancelled.

use std::time::{Duration, Instant};

use dataclips::run::Limits;

use super::queue::two_visitors;
use super::{SLEEP, Visitor, run_that};
use crate::support::{LIMITS, Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_leaves_cancels_their_query() {
    let server = Server::start().await;
    let slow_rows =
        "select n, repeat('x', 1000), pg_sleep(0.002) from generate_series(1, 25000) as n";
    let busy = "select count(*) from pg_attribute a, pg_attribute b, pg_attribute c";
    for (sql, is) in [
        (SLEEP, "wait_event = 'PgSleep'"),
        (busy, "query like '%pg_attribute c%' and state = 'active'"),
        (
            slow_rows,
            "state = 'active' and now() - query_start > interval '100 ms'",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        for format in ["csv", "json", "xlsx", "xml", ""] {
            let visitor = Visitor::asks(&server, &clip, format);
            run_that(&server, is).await;
            visitor.leaves().await;
            server.no_query_is_left().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_leaves_while_their_query_is_prepared_cancels_it() {
    let server = Server::start().await;
    let clip = server.create_clip("select count(*) from orders").await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute("begin; lock table orders")
        .await
        .unwrap();
    let visitor = Visitor::asks(&server, &clip, "csv");
    run_that(&server, "wait_event_type = 'Lock'").await;
    visitor.leaves().await;
    server.no_query_is_left().await;
    superuser.batch_execute("rollback").await.unwrap();
    assert_eq!(
        server.rows(&clip, "csv").await.text().await.unwrap(),
        "count\n50000\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_leaves_the_queue_makes_room_in_it() {
    let server = Server::with_limits(Limits {
        connections: 1,
        queue_max: 1,
        ..LIMITS
    })
    .await;
    let sleep = server.create_clip(SLEEP).await;
    let first = Visitor::asks(&server, &sleep, "csv");
    run_that(&server, "wait_event = 'PgSleep'").await;
    let quick = server.create_clip("select 1 as one").await;
    let other = server.create_clip("select 2 as two").await;
    for _ in 0..5 {
        let (waiting, refused) = two_visitors(&server, [&quick, &other]).await;
        assert_eq!(refused.status(), 503);
        drop(waiting);
    }
    first.leaves().await;
    server.no_query_is_left().await;
    // A place is free a moment after its visitor left, and not all five of them were lost.
    let deadline = Instant::now() + Duration::from_secs(5);
    while server.rows(&quick, "csv").await.status() != 200 {
        assert!(Instant::now() < deadline, "the queue is still full");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_cancels_every_run() {
    let server = Server::start().await;
    let clip = server.create_clip(SLEEP).await;
    let visitor = Visitor::asks(&server, &clip, "json");
    run_that(&server, "wait_event = 'PgSleep'").await;
    server.app.runner.stop();
    let (status, body) = status_and_body(visitor.answer().await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"unavailable".into()),
        "{body}"
    );
    server.no_query_is_left().await;
    // None starts any more.
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"unavailable".into()),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dba_ends_is_an_outage_and_the_next_visitor_is_served() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let clip = server.create_clip(SLEEP).await;
    let quick = server.create_clip("select 1 as one").await;
    for (end, sqlstate) in [
        ("pg_cancel_backend", "57014"),
        ("pg_terminate_backend", "57P01"),
    ] {
        let visitor = Visitor::asks(&server, &clip, "json");
        let process = run_that(&server, "wait_event = 'PgSleep'").await;
        superuser
            .execute(&format!("select {end}({process})"), &[])
            .await
            .unwrap();
        let answer = visitor.answer().await;
        assert_eq!(answer.headers()["retry-after"], "5", "{end}");
        let (status, body) = status_and_body(answer).await;
        let error = &body["error"];
        assert_eq!(
            (status, error["code"].as_str(), error["sqlstate"].as_str()),
            (503, Some("unavailable"), Some(sqlstate)),
            "{body}"
        );
        assert_eq!(
            server.rows(&quick, "csv").await.text().await.unwrap(),
            "one\n1\n"
        );
        server.no_query_is_left().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_bytes_are_not_text_is_cancelled_and_not_drained() {
    let server = Server::start().await;
    let sql = "select set_config('client_encoding', 'LATIN1', false), 'é'
               from pg_attribute a, pg_attribute b, pg_attribute c";
    let clip = server.create_clip(sql).await;
    let started = Instant::now();
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (422, &"not_utf8".into()),
        "{body}"
    );
    assert!(started.elapsed() < Duration::from_secs(4));
    server.no_query_is_left().await;
}
