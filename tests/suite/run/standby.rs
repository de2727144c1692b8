//! A primary and its hot standby: which of them a URL means, and what a standby does to runs.

use std::process::Command;
use std::time::Duration;

use dataclips::postgres::{ConnectionUrl, Connector};
use dataclips::run::{Failure, Limits};

use super::visits::Visits;
use crate::support::{Cluster, LIMITS};

/// Starts both from the same data. The standby follows by the files of the primary's log.
fn primary_and_standby() -> (Cluster, Cluster) {
    let primary = Cluster::start("");
    let log = primary.path("data/pg_wal");
    let standby = Cluster::start(&format!(
        "restore_command='cp {log}/%f %p'\nwal_retrieve_retry_interval='100ms'"
    ));
    let settings = std::fs::read_to_string(standby.path("data/postgresql.auto.conf")).unwrap();
    let copied = Command::new("cp")
        .args(["-a", &primary.path("data/."), &standby.path("data")])
        .status();
    assert!(copied.unwrap().success());
    standby.write("data/postgresql.auto.conf", &settings);
    standby.write("data/standby.signal", "");
    (primary.boot(), standby.boot())
}

#[tokio::test]
async fn a_url_means_the_servers_that_target_session_attrs_says() {
    let (primary, standby) = primary_and_standby();
    let set = "alter role postgres in database postgres set default_transaction_read_only = on";
    let client = primary.connect("postgres", "template1").await;
    client.batch_execute(set).await.unwrap();
    let (one, two) = (primary.port, standby.port);
    let both = [one, two];
    // Of the database `template1` the primary accepts writes; of `postgres` it does not.
    for (kind, database, ports, expected) in [
        ("any", "template1", [one, two], Some(one)),
        ("any", "template1", [two, one], Some(two)),
        ("read-write", "template1", [two, one], Some(one)),
        ("read-write", "postgres", both, None),
        ("read-only", "template1", [one, two], Some(two)),
        ("read-only", "postgres", [one, two], Some(one)),
        ("primary", "postgres", [two, one], Some(one)),
        ("primary", "template1", [two, two], None),
        ("standby", "template1", [one, two], Some(two)),
        ("standby", "template1", [one, one], None),
        ("prefer-standby", "template1", [one, two], Some(two)),
        ("prefer-standby", "template1", [one, one], Some(one)),
    ] {
        let [first, second] = ports;
        let url = format!(
            "postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/{database}?target_session_attrs={kind}"
        );
        let connector = Connector::new(&ConnectionUrl::parse(&url).unwrap()).unwrap();
        let port = match connector.sign_in("").await {
            Ok(signed_in) => {
                let port = "select current_setting('port')::int";
                let row = signed_in.client.query_typed_one(port, &[]).await;
                Some(row.unwrap().get::<_, i32>(0))
            }
            Err(error) => {
                let advice = Failure::from(error).advice().unwrap();
                assert!(advice.contains("target_session_attrs"), "{url}: {advice}");
                None
            }
        };
        assert_eq!(port, expected.map(i32::from), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_dropped_at_the_primary_is_gone_at_the_standby_too() {
    let (primary, standby) = primary_and_standby();
    let postgres = primary.connect("postgres", "postgres").await;
    for sql in ["create role r login", "create database gone"] {
        postgres.batch_execute(sql).await.unwrap();
    }
    let url = standby.socket_url("r", "gone");
    let connector = Connector::new(&ConnectionUrl::parse(&url).unwrap()).unwrap();
    let limit = Duration::from_secs(30);
    let arrived = async { while connector.sign_in("").await.is_err() {} };
    tokio::time::timeout(limit, arrived).await.unwrap();
    let limits = Limits {
        connections: 1,
        ..LIMITS
    };
    let visits = Visits::new(&url, limits).await;
    let sleeping = visits.start("select pg_sleep(60)");
    let observer = standby.connect("postgres", "postgres").await;
    let sql = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
    let asleep = async {
        while observer
            .query_typed_one(sql, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {}
    };
    tokio::time::timeout(limit, asleep).await.unwrap();
    postgres.batch_execute("drop database gone").await.unwrap();
    let failure = sleeping.summary().await.err().unwrap();
    assert_eq!(failure.sqlstate(), Some("57P04"));
    assert_eq!(failure.summary(), "The database was dropped.");
    let advice = failure.advice().unwrap();
    assert!(advice.contains("dropped on its primary"), "{advice}");
}
