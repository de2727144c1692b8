//! The limit on the time of a whole run.

use std::time::{Duration, Instant};

use dataclips::run::Limits;

use crate::support::{Clip, LIMITS, Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_too_long_is_a_504_and_gone() {
    let server = Server::with_limits(Limits {
        timeout: Duration::from_secs(1),
        ..LIMITS
    })
    .await;
    for sql in [
        super::SLEEP,
        "select pg_sleep(30), set_config('statement_timeout', '0', false)",
        "select set_config('statement_timeout', '0', false), pg_sleep(30)",
        "select n, pg_sleep(0.01) from generate_series(1, 2000) as n",
        "select n, repeat('x', 1000), pg_sleep(0.001) from generate_series(1, 20000) as n",
        "select count(*) from pg_attribute a, pg_attribute b, pg_attribute c",
        "select max(n) from generate_series(1, 1000000000000) as n",
    ] {
        let clip = server.create_clip(sql).await;
        assert_too_late(&server, &clip).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_lock_counts_before_the_first_row_too() {
    let server = Server::with_limits(Limits {
        timeout: Duration::from_secs(1),
        ..LIMITS
    })
    .await;
    let clip = server.create_clip("select count(*) from orders").await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute("begin; lock table orders")
        .await
        .unwrap();
    assert_too_late(&server, &clip).await;
    superuser.batch_execute("rollback").await.unwrap();
    assert_eq!(
        server.rows(&clip, "csv").await.text().await.unwrap(),
        "count\n50000\n"
    );
}

/// PostgreSQL counts the time as well, by another clock: the one that strikes first must not make it look like a
/// cancel by somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_strikes_is_never_taken_for_an_outage() {
    let server = Server::with_limits(Limits {
        timeout: Duration::from_millis(30),
        ..LIMITS
    })
    .await;
    let clip = server.create_clip(super::SLEEP).await;
    for visit in 0..60 {
        let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (504, Some("timeout")),
            "{visit}: {body}"
        );
    }
}

async fn assert_too_late(server: &Server, clip: &Clip) {
    let started = Instant::now();
    let (status, body) = status_and_body(server.rows(clip, "json").await).await;
    let sql = &clip.body["sql"];
    assert_eq!(status, 504, "{sql}: {body}");
    assert_eq!(body["error"]["code"], "timeout", "{sql}");
    assert_eq!(body["error"]["sqlstate"], "57014", "{sql}");
    assert_eq!(
        body["error"]["message"], "The query took longer than 1 second.",
        "{sql}"
    );
    let elapsed = started.elapsed();
    assert!(
        elapsed >= Duration::from_millis(980) && elapsed < Duration::from_secs(3),
        "{sql}: {elapsed:?}"
    );
    server.no_query_is_left().await;
}
