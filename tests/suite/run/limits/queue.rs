//! More visitors than connections.

use dataclips::run::Limits;
use reqwest::Response;

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
