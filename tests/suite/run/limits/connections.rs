//! What a DBA sees of runs, and connections that end between two of them.

use super::{SLEEP, Visitor};
use crate::support::{Cluster, Server};

#[tokio::test(flavor = "multi_thread")]
async fn a_dba_sees_the_number_of_a_clip_and_never_its_slug() {
    let server = Server::start().await;
    let cluster = cluster("log_statement = all\nlog_connections = on\nlog_line_prefix = '%a: '\nlog_min_duration_statement = 0").await;
    server
        .add_database("logged", &cluster.socket_url("reader", "postgres"))
        .await;
    let logged = cluster.connect("postgres", "postgres").await;
    let clip = server.administrator.create_clip_on("logged", SLEEP).await;
    let changed = serde_json::json!({"sql": "select pg_sleep(20)"});
    server
        .administrator
        .patch(&format!("/api/v1/clips/{}", clip.slug), &changed)
        .await;
    let slug = &clip.slug;
    let visitor = Visitor::asks(&server, &clip, "csv");
    let sql = "select application_name, a::text from pg_stat_activity a where usename = 'reader' and wait_event = 'PgSleep'";
    let (name, row): (String, String) = loop {
        if let [row] = &logged.query(sql, &[]).await.unwrap()[..] {
            break (row.get(0), row.get(1));
        }
    };
    assert_eq!(name, "dataclips clip 1 version 2");
    assert!(!row.contains(slug), "{row}");
    visitor.leaves().await;
    server
        .rows(
            &server
                .administrator
                .create_clip_on("logged", "select nope")
                .await,
            "csv",
        )
        .await;
    let log = std::fs::read_to_string(cluster.path("log")).unwrap();
    for line in [
        "dataclips clip 1 version 2: ",
        "dataclips clip 2 version 1: ",
    ] {
        assert!(log.contains(line), "{log}");
    }
    assert!(log.contains("select pg_sleep(20)"), "{log}");
    assert!(!log.contains(slug), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_restarted_between_two_visits_serves_again() {
    let server = Server::start().await;
    let cluster = cluster("").await;
    server
        .add_database("restarted", &cluster.socket_url("reader", "postgres"))
        .await;
    let clip = server
        .administrator
        .create_clip_on("restarted", "select 1 as one, pg_sleep(0.1)")
        .await;
    // Several connections are open when it stops.
    let visitors: Vec<_> = (0..4)
        .map(|_| Visitor::asks(&server, &clip, "csv"))
        .collect();
    for visitor in visitors {
        assert_eq!(visitor.answer().await.status(), 200);
    }
    for how in ["fast", "immediate"] {
        cluster.restart(how);
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(server.rows(&clip, "csv").await.status().as_u16());
        }
        let failures = statuses.iter().filter(|status| **status == 503).count();
        assert!(failures <= 1, "{how}: {statuses:?}");
        assert!(
            statuses.iter().all(|status| matches!(status, 200 | 503)),
            "{how}: {statuses:?}"
        );
        assert_eq!(statuses.last(), Some(&200), "{how}: {statuses:?}");
    }
}

async fn cluster(settings: &str) -> Cluster {
    let cluster = Cluster::start(settings).boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    let sql = "create role reader login; revoke execute on all functions in schema pg_catalog from reader";
    postgres.batch_execute(sql).await.unwrap();
    cluster
}
