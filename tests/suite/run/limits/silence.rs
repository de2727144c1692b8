//! A database that falls silent: it acknowledges what it is sent, and answers nothing.

use std::time::Duration;

use dataclips::run::{Limits, Origin, ParameterTypes, Query, Step, Target, Values};
use tokio::time::{sleep, timeout};

use crate::run::{runner, shop};
use crate::support::{Clip, LIMITS, Proxy, Server, shared, status_and_body};

/// After this time people are to be told.
const TOLD_MAX: Duration = Duration::from_secs(15);

/// A server whose database “far” is reached through the proxy.
async fn server_and_proxy() -> (Server, Proxy, Clip) {
    let server = Server::with_limits(Limits {
        timeout: Duration::from_secs(1),
        ..LIMITS
    })
    .await;
    let proxy = Proxy::to(shared().port).await;
    let url = format!("{}?connect_timeout=60", proxy.url("reader", &server.data));
    server.add_database("far", &url).await;
    let clip = server
        .administrator
        .create_clip_on("far", "select 1 as one")
        .await;
    (server, proxy, clip)
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_a_run_at_its_limit_with_or_without_an_open_connection() {
    let (server, proxy, clip) = server_and_proxy().await;
    proxy.silence();
    let opening = server.rows(&clip, "csv").await;
    assert_silent(opening).await;
    proxy.heal();
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    proxy.silence();
    assert_silent(server.rows(&clip, "csv").await).await;
    proxy.heal();
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
}

async fn assert_silent(answer: reqwest::Response) {
    let (status, body) = status_and_body(answer).await;
    assert_eq!(status, 504, "{body}");
    assert_eq!(body["error"]["code"], "timeout", "{body}");
    let message = body["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "The database has not answered. After 1 second, the time that a query has, it was given up."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_a_run_is_told_that_its_database_is_silent_and_when_it_is_back() {
    let cluster = shop().await;
    let proxy = Proxy::to(cluster.port).await;
    let runner = runner(&cluster).await;
    let admin = cluster.connect("postgres", "postgres").await;
    admin.batch_execute("create role r login").await.unwrap();
    let url = format!("postgresql://r@{}/shop", proxy.address());
    let target = Target {
        id: 1,
        name: "data".to_owned(),
        url: dataclips::postgres::ConnectionUrl::parse(&url)
            .unwrap()
            .into(),
        following: None,
    };
    let query = Query {
        origin: Origin::Clip(1),
        application_name: "dataclips clip 1 version 1".to_owned(),
        sql: "select pg_sleep(60)".to_owned(),
        values: Values::default(),
        types: ParameterTypes::default(),
    };
    let running = runner.start(&target, query);
    let _watching = running.watch();
    let is_silent = || match running.progress().step {
        Step::Executing { silent_for, .. } => silent_for.is_some(),
        Step::Queued { .. } | Step::Connecting | Step::Ended => false,
    };
    let until = async |what: bool| {
        while is_silent() != what || !matches!(running.progress().step, Step::Executing { .. }) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(TOLD_MAX, until(false)).await.unwrap();
    proxy.silence();
    timeout(TOLD_MAX, until(true)).await.unwrap();
    proxy.heal();
    timeout(TOLD_MAX, until(false)).await.unwrap();
}
