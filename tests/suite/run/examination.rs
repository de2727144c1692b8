//! What is shown of a database that responds, and the failure for each state of one that does not.

use std::time::{Duration, Instant};

use dataclips::postgres::ConnectionUrl;
use dataclips::run::{Failure, ParameterTypes, Report, Runner, Target};
use futures_util::future::join_all;
use tokio::net::TcpListener;

use super::{runner, shop};
use crate::support::Cluster;

fn target(id: i64, url: &str) -> Target {
    Target {
        id,
        name: "data".to_owned(),
        url: ConnectionUrl::parse(url).unwrap().into(),
        following: None,
    }
}

async fn inspect(runner: &Runner, url: &str) -> Result<Report, Failure> {
    runner.inspect(&ConnectionUrl::parse(url).unwrap()).await
}

/// `r` may only read; more is up to the test.
async fn shop_with_reader() -> Cluster {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let sql = "create role r login; grant select on orders to r";
    shop.batch_execute(sql).await.unwrap();
    cluster
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_answers_is_described() {
    let cluster = shop_with_reader().await;
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create database \"Große \"\"Läden\"\"\"")
        .await
        .unwrap();
    let runner = runner(&cluster).await;
    let url = cluster.socket_url("r", "Gro%C3%9Fe%20%22L%C3%A4den%22");
    let report = inspect(&runner, &url).await.unwrap();
    let sql =
        "select current_setting('server_version_num')::int, pg_database_size('Große \"Läden\"')";
    let row = postgres.query_one(sql, &[]).await.unwrap();
    let (number, size): (i32, i64) = (row.get(0), row.get(1));
    assert_eq!(
        report.version,
        format!("{}.{}", number / 10_000, number % 10_000)
    );
    assert_eq!(report.database, "Große \"Läden\"");
    assert_eq!(report.role, "r");
    assert!(report.size_bytes.unwrap().abs_diff(size as u64) < 1 << 20);
    assert!(!report.is_encrypted && !report.is_standby);
    assert!(!report.warnings.is_empty());

    let shop = cluster.socket_url("r", "shop");
    assert_eq!(inspect(&runner, &shop).await.unwrap().warnings, []);
    let hide = "revoke execute on function pg_database_size(name) from public; revoke select on pg_stat_ssl from public";
    cluster
        .connect("postgres", "shop")
        .await
        .batch_execute(hide)
        .await
        .unwrap();
    let report = inspect(&runner, &shop).await.unwrap();
    assert_eq!((report.size_bytes, report.database), (None, "shop".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_told_as_one() {
    let cluster = shop_with_reader().await;
    let runner = runner(&cluster).await;
    cluster.write("data/standby.signal", "");
    cluster.restart("fast");
    let report = inspect(&runner, &cluster.socket_url("r", "shop")).await;
    assert!(report.unwrap().is_standby);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_shown_again_opens_no_new_connection() {
    let cluster = shop_with_reader().await;
    let shop = cluster.connect("postgres", "shop").await;
    let runner = runner(&cluster).await;
    let target = target(1, &cluster.socket_url("r", "shop"));
    let sql = "select array_agg(pid) from pg_stat_activity where usename = 'r'";
    let mut seen: Vec<Vec<i32>> = Vec::new();
    for _ in 0..3 {
        let report = runner.examine(&target).await.unwrap();
        assert_eq!((&*report.role, &*report.database), ("r", "shop"));
        seen.push(shop.query_one(sql, &[]).await.unwrap().get(0));
    }
    assert!(
        seen[0].len() == 1 && seen.iter().all(|pids| *pids == seen[0]),
        "{seen:?}"
    );
    // What was set for the look is gone: a search path of pg_catalog alone would not find the table.
    runner
        .prepare(&target, "table orders", &ParameterTypes::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_of_a_database_has_its_failure() {
    let cluster = shop_with_reader().await;
    let shop = cluster.connect("postgres", "shop").await;
    let runner = runner(&cluster).await;
    let reader = target(1, &cluster.socket_url("r", "shop"));
    runner.examine(&reader).await.unwrap();
    shop.batch_execute("alter role r createdb createrole")
        .await
        .unwrap();
    let refused = runner.examine(&reader).await.unwrap_err();
    assert_eq!(
        refused.refusals(),
        [
            "The role `r` can create roles (CREATEROLE).",
            "The role `r` can create databases (CREATEDB)."
        ]
    );
    let remedy = refused.remedy().unwrap();
    assert!(
        remedy.starts_with("create role \"dataclips_reader\" login"),
        "{remedy}"
    );
    shop.batch_execute("alter role r nocreatedb nocreaterole")
        .await
        .unwrap();
    runner.examine(&reader).await.unwrap();

    cluster.write(
        "data/pg_hba.conf",
        "host all r all scram-sha-256\nlocal all all trust\n",
    );
    shop.batch_execute("alter role r password 'right'; select pg_reload_conf()")
        .await
        .unwrap();
    let host = |password: &str| cluster.host_url(&format!("r:{password}"), "127.0.0.1", "shop");
    runner.examine(&target(2, &host("right"))).await.unwrap();
    for (url, code, sqlstate) in [
        (host("secret"), "unavailable", Some("28P01")),
        (
            cluster.socket_url("r", "none"),
            "unavailable",
            Some("3D000"),
        ),
        (
            "postgres://u:secret@127.0.0.1:1/d".to_owned(),
            "unavailable",
            None,
        ),
        (
            cluster.socket_url("r", "postgres"),
            "database_refused",
            None,
        ),
    ] {
        let failure = runner.examine(&target(3, &url)).await.unwrap_err();
        assert_eq!(
            (failure.code(), failure.sqlstate()),
            (code, sqlstate),
            "{url}"
        );
        assert_eq!(failure.refusals(), [] as [String; 0]);
        assert!(failure.advice().is_some(), "{failure:?}");
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }
    let own = target(4, &cluster.socket_url("r", "postgres"));
    assert_eq!(runner.examine(&own).await, Err(Failure::OwnStore));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_does_not_hang_because_a_database_says_nothing() {
    let cluster = shop_with_reader().await;
    let runner = runner(&cluster).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let silent = target(1, &format!("postgres://u@{address}/d?connect_timeout=30"));
    let shop = target(2, &cluster.socket_url("r", "shop"));
    let started = Instant::now();
    // Twice the same: the second waits for the connection that the first one opens.
    let looks = [&silent, &shop, &silent].map(|target| runner.examine(target));
    let reports = join_all(looks).await;
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    for failure in [&reports[0], &reports[2]] {
        let failure = failure.as_ref().unwrap_err();
        assert_eq!(failure.code(), "unavailable");
        let detail = failure.detail().unwrap();
        assert!(
            detail.starts_with("There was no answer within "),
            "{detail}"
        );
    }
    assert!(reports[1].is_ok(), "{:?}", reports[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_given_up_leaves_the_connection_to_nobody() {
    let cluster = shop_with_reader().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute("begin; lock orders").await.unwrap();
    let runner = runner(&cluster).await;
    let target = target(1, &cluster.socket_url("r", "shop"));
    let waits = async {
        let sql = "select count(*) from pg_locks where not granted";
        while shop.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        // Meanwhile the connection is busy: the database is not down.
        assert_eq!(runner.examine(&target).await, Err(Failure::QueueFull));
    };
    let types = ParameterTypes::default();
    tokio::select! {
        outcome = runner.prepare(&target, "table orders", &types) => panic!("{outcome:?}"),
        () = waits => {}
    }
    let prepared = runner
        .prepare(&target, "select 1 as one", &ParameterTypes::default())
        .await
        .unwrap();
    let columns = prepared.columns;
    assert_eq!(columns.len(), 1);
    runner.examine(&target).await.unwrap();
}
