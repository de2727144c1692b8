//! More visitors than connections.

use dataclips::run::Limits;
use reqwest::Response;
use serde_json::json;
use tokio::task::JoinSet;

use super::{SLEEP, Visitor, run_that};
use crate::support::{Clip, LIMITS, Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn more_visitors_than_connections_wait_in_a_queue_that_can_be_full() {
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
    let other = server.create_clip("select 1 as one").await;
    let (waiting, refused) = two_visitors(&server, [&quick, &other]).await;
    assert_eq!(refused.headers()["retry-after"], "5");
    let (status, body) = status_and_body(refused).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &"queue_full".into()),
        "{body}"
    );

    first.leaves().await;
    assert_eq!(waiting.answer().await.text().await.unwrap(), "one\n1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_never_have_more_connections_than_the_limit() {
    let server = Server::with_limits(Limits {
        connections: 3,
        ..LIMITS
    })
    .await;
    let sql = "select count(*), pg_sleep(0.1) from pg_stat_activity where datname = current_database() and usename = 'reader'";
    let mut visitors = Vec::new();
    for _ in 0..30 {
        let clip = server.create_clip(sql).await;
        visitors.push(Visitor::asks(&server, &clip, "csv"));
    }
    for visitor in visitors {
        let rows = visitor.answer().await.text().await.unwrap();
        let count = rows.lines().nth(1).and_then(|row| row.split(',').next());
        let count: u32 = count.unwrap_or_else(|| panic!("{rows}")).parse().unwrap();
        // One more serves progress and schema.
        assert!((1..=4).contains(&count), "{count} connections");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_cannot_take_all_connections_or_fill_the_queue() {
    let server = Server::with_limits(Limits {
        connections: 2,
        queue_max: 4,
        ..LIMITS
    })
    .await;
    let link = server
        .create_clip("select {{n}}::int as n, pg_sleep(120)")
        .await;
    let mut waiting = JoinSet::new();
    for n in 0..6 {
        let (visitor, path) = (server.anonymous(), format!("/{}.csv?n={n}", link.slug));
        waiting.spawn(async move { visitor.get(&path).await });
    }
    // One runs and two wait.
    for _ in 0..3 {
        let refused = waiting.join_next().await.unwrap().unwrap();
        assert_eq!(refused.headers()["retry-after"], "5");
        let (status, body) = status_and_body(refused).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (503, &"queue_full".into())
        );
    }
    run_that(&server, "wait_event = 'PgSleep'").await;
    let other = server.create_clip("select 7 as n").await;
    let rows = server.rows(&other, "csv").await.text().await.unwrap();
    assert_eq!(rows, "n\n7\n");
    assert!(waiting.try_join_next().is_none());
    drop(waiting);
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_of_one_user_leave_a_connection_to_others() {
    let server = Server::with_limits(Limits {
        connections: 2,
        ..LIMITS
    })
    .await;
    let mut previews = JoinSet::new();
    for n in 0..4 {
        let ada = server.administrator.clone();
        let body = json!({"database": "data", "sql": format!("select {n}, pg_sleep(120)")});
        previews.spawn(async move { ada.post("/api/v1/preview", &body).await });
    }
    run_that(&server, "wait_event = 'PgSleep'").await;
    let clip = server.create_clip("select 7 as n").await;
    let rows = server.rows(&clip, "csv").await.text().await.unwrap();
    assert_eq!(rows, "n\n7\n");
    assert!(previews.try_join_next().is_none());
}

/// Of two visitors, the one who waits in the queue for one, and the answer of the one who finds it full.
pub async fn two_visitors(server: &Server, clips: [&Clip; 2]) -> (Visitor, Response) {
    let mut visitors = clips.map(|clip| Visitor::asks(server, clip, "csv"));
    let [first, second] = &mut visitors;
    let first_is_refused = tokio::select! {
        answer = &mut first.0 => Ok(answer),
        answer = &mut second.0 => Err(answer),
    };
    let [first, second] = visitors;
    match first_is_refused {
        Ok(refused) => (second, refused.unwrap()),
        Err(refused) => (first, refused.unwrap()),
    }
}
