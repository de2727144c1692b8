//! What visitors get while a database, or our own store, cannot be reached.

use std::time::{Duration, Instant};

use dataclips::model::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Cluster, Proxy, Server, shared, status_and_body};

/// Adds a login role of this name, with these options, and a database that is queried as it.
async fn add_role(server: &Server, options: &str) -> String {
    let role = format!("role_{}", server.data);
    let sql = format!("create role {role} login {options}; grant select on orders to {role}");
    server.superuser().await.batch_execute(&sql).await.unwrap();
    server
        .add_database("own", &shared().socket_url(&role, &server.data))
        .await;
    role
}

/// Waits until no connection of the role is left.
async fn is_signed_out(server: &Server, role: &str) {
    let superuser = server.superuser().await;
    let sql = "select count(*) from pg_stat_activity where usename = $1";
    for _ in 0..500 {
        let left: i64 = superuser.query_one(sql, &[&role]).await.unwrap().get(0);
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a connection of {role} is still there after five seconds");
}

fn assert_unavailable(status: u16, body: &Value, sqlstate: Option<&str>) {
    assert_eq!(status, 503, "{body}");
    assert_eq!(body["error"]["code"], "unavailable", "{body}");
    assert_eq!(body["error"]["sqlstate"].as_str(), sqlstate, "{body}");
    assert!(body["error"]["advice"].is_string(), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_cut_off_answers_503_until_it_is_back() {
    let server = Server::start().await;
    let proxy = Proxy::to(shared().port).await;
    server
        .add_database("far", &proxy.url("reader", &server.data))
        .await;
    let far = server
        .administrator
        .create_clip_on("far", "select 1 as one")
        .await;
    assert_eq!(server.rows(&far, "csv").await.status(), StatusCode::OK);

    proxy.cut();
    for _ in 0..3 {
        let answer = server.rows(&far, "csv").await;
        assert_eq!(answer.headers()["retry-after"], "5");
        let (status, body) = status_and_body(answer).await;
        assert_unavailable(status, &body, None);
    }
    let page = server.anonymous().get(&format!("/{}", far.slug)).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["x-dataclips-stale"], "true");
    let page = page.text().await.unwrap();
    assert!(page.contains("cannot be reached"), "{page}");
    assert!(page.contains("Showing the last rows"), "{page}");
    // A clip is written all the same, and says so.
    let written = server
        .administrator
        .create_clip_on("far", "select 2 as two")
        .await;
    assert_eq!(written.body["warning"]["code"], "unavailable");
    // Neighbours do not notice.
    let near = server.create_clip("select 1").await;
    assert_eq!(server.rows(&near, "csv").await.status(), StatusCode::OK);

    proxy.heal();
    for clip in [&far, &written] {
        assert_eq!(server.rows(clip, "csv").await.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cut_short_is_an_error_and_never_a_short_file() {
    let server = Server::start().await;
    let proxy = Proxy::to(shared().port).await;
    server
        .add_database("far", &proxy.url("reader", &server.data))
        .await;
    // Rows arrive for as long as anybody reads them.
    let sql = "select n, repeat('x', 2000), pg_sleep(0.001) from generate_series(1, 25000) as n";
    let clip = server.administrator.create_clip_on("far", sql).await;
    for format in ["csv", "json", "ndjson", "xml", "xlsx", ""] {
        let visitor = server.anonymous();
        let path = match format {
            "" => format!("/{}", clip.slug),
            format => format!("/{}.{format}", clip.slug),
        };
        let answer = tokio::spawn(async move { visitor.get(&path).await });
        query_is_busy(&server).await;
        proxy.cut();
        let answer = answer.await.unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{format:?}"
        );
        assert_eq!(answer.headers()["retry-after"], "5", "{format:?}");
        if !format.is_empty() {
            let (status, body) = status_and_body(answer).await;
            assert_unavailable(status, &body, None);
        }
        proxy.heal();
    }
    server.no_query_is_left().await;
}

/// Waits until a run of this server sends rows.
async fn query_is_busy(server: &Server) {
    let superuser = server.superuser().await;
    let sql = "select count(*) from pg_stat_activity
               where application_name like 'dataclips clip %' and datname = current_database()
               and state = 'active' and now() - query_start > interval '50 ms'";
    let deadline = Instant::now() + Duration::from_secs(10);
    while superuser
        .query_one(sql, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {
        assert!(Instant::now() < deadline, "no run began within 10 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_own_store_the_server_says_so_and_recovers() {
    let (server, proxy) = Server::behind_proxy().await;
    let clip = server.create_clip("select 1 as one").await;
    let paths = [
        "/".to_owned(),
        format!("/{}", clip.slug),
        format!("/{}.csv", clip.slug),
        format!("/{}.nothing", clip.slug),
        "/api/v1/clips".to_owned(),
        "/api/v1/databases".to_owned(),
        format!("/welcome/{}", server.app.welcome.text()),
    ];
    proxy.cut();
    for path in &paths {
        let answer = server.administrator.get(path).await;
        assert_eq!(
            answer.status(),
            StatusCode::SERVICE_UNAVAILABLE,
            "{path}: {}",
            answer.text().await.unwrap()
        );
        assert_eq!(answer.headers()["retry-after"], "5", "{path}");
        let is_machine = path.contains('.') || path.starts_with("/api/");
        let content_type = answer.headers()["content-type"].to_str().unwrap();
        assert_eq!(content_type.contains("json"), is_machine, "{path}");
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("cannot reach its own database"),
            "{path}: {text}"
        );
    }
    let visitor = server.anonymous();
    assert_eq!(
        visitor.get("/readyz").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(visitor.get("/healthz").await.status(), StatusCode::OK);

    proxy.heal();
    assert_eq!(visitor.get("/readyz").await.status(), StatusCode::OK);
    assert_eq!(server.rows(&clip, "csv").await.status(), StatusCode::OK);
    server.create_clip("select 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn common_errors_of_a_query_come_with_their_advice() {
    let server = Server::start().await;
    for (sql, sqlstate, advice) in [
        (
            "select * from ordres",
            "42P01",
            "There is a table named orders. Did you mean it?",
        ),
        ("select * from nothing_like_it", "42P01", "spelling"),
        ("select amuont from orders", "42703", "column's spelling"),
        ("select id || customer = 1 from orders", "42883", "cast"),
        ("select * from secrets", "42501", "grant it SELECT"),
        ("selec 1", "42601", "marked place"),
        ("select 1; select 2", "42601", "one statement"),
        ("select 'abc'::integer", "22P02", "cast"),
        (
            "select nextval('pg_catalog.nothing')",
            "42P01",
            "table's spelling",
        ),
        ("select 1/0", "22012", "nullif"),
        (
            "with gone as (delete from orders returning 1) select * from gone",
            "25006",
            "only reads",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
        let error = &body["error"];
        assert_eq!(
            (status, error["sqlstate"].as_str()),
            (422, Some(sqlstate)),
            "{sql}: {body}"
        );
        assert_eq!(error["code"], "sql_error", "{sql}");
        let given = error["advice"].as_str().unwrap_or_default();
        assert!(given.contains(advice), "{sql}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_is_enough_for_runs_and_checks_alike() {
    let server = Server::start().await;
    let role = add_role(&server, "connection limit 1").await;
    // PostgreSQL counts the connection that tried the role until its process is gone.
    is_signed_out(&server, &role).await;
    for number in 1..=3 {
        let sql = format!("select {number} as one");
        let clip = server.administrator.create_clip_on("own", &sql).await;
        assert_eq!(clip.body.get("warning"), None);
        assert_eq!(server.rows(&clip, "csv").await.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_a_free_connection_is_told_to_wait() {
    let server = Server::start().await;
    let role = add_role(&server, "").await;
    let clip = server
        .administrator
        .create_clip_on("own", "select 1 as one")
        .await;
    let superuser = server.superuser().await;
    let limit = |connections: i32| format!("alter role {role} connection limit {connections}");
    superuser.batch_execute(&limit(0)).await.unwrap();
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1";
    superuser.query(end, &[&role]).await.unwrap();
    is_signed_out(&server, &role).await;
    let (status, body) = status_and_body(server.rows(&clip, "csv").await).await;
    assert_unavailable(status, &body, Some("53300"));
    superuser.batch_execute(&limit(8)).await.unwrap();
    assert_eq!(server.rows(&clip, "csv").await.status(), StatusCode::OK);
}

/// Ten runs at once, where three connections are allowed: all wait for those that there are.
#[tokio::test(flavor = "multi_thread")]
async fn runs_wait_for_our_own_connections_where_few_are_allowed() {
    let server = Server::start().await;
    let role = add_role(&server, "connection limit 3").await;
    is_signed_out(&server, &role).await;
    let mut clips = Vec::new();
    for number in 0..10 {
        let sql = format!("select {number} as number, pg_sleep(0.2)");
        clips.push(server.administrator.create_clip_on("own", &sql).await);
    }
    for _ in 0..3 {
        let runs = clips.iter().map(|clip| server.rows(clip, "csv"));
        for answer in futures_util::future::join_all(runs).await {
            assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_sign_in_any_more_is_told_why() {
    let server = Server::start().await;
    let role = add_role(&server, "").await;
    let superuser = server.superuser().await;
    let nologin = format!("alter role {role} nologin");
    superuser.batch_execute(&nologin).await.unwrap();
    let clip = server
        .administrator
        .create_clip_on("own", "select 1 as one")
        .await;
    assert_eq!(clip.body["warning"]["sqlstate"], "28000");
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_unavailable(status, &body, Some("28000"));
    assert!(!body.to_string().contains(&clip.slug), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_the_database_can_end_a_run() {
    let server = Server::start().await;
    let clip = server.create_clip("select pg_sleep(60)").await;
    let superuser = server.superuser().await;
    for (function, sqlstate) in [
        ("pg_terminate_backend", "57P01"),
        ("pg_cancel_backend", "57014"),
    ] {
        let (visitor, path) = (server.anonymous(), format!("/{}.csv", clip.slug));
        let answer = tokio::spawn(async move { visitor.get(&path).await });
        query_is_busy(&server).await;
        let sql = format!(
            "select {function}(pid) from pg_stat_activity
             where application_name like 'dataclips clip %' and datname = current_database()"
        );
        superuser.batch_execute(&sql).await.unwrap();
        let answer = answer.await.unwrap();
        assert_eq!(answer.headers()["retry-after"], "5");
        let (status, body) = status_and_body(answer).await;
        assert_unavailable(status, &body, Some(sqlstate));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_dropped_is_told_from_one_that_is_away() {
    let server = Server::start().await;
    let gone = format!("gone_{}", server.data);
    let postgres = shared().connect("postgres", "postgres").await;
    let create = format!("create database {gone}");
    postgres.batch_execute(&create).await.unwrap();
    server
        .add_database("gone", &shared().socket_url("reader", &gone))
        .await;
    let clip = server
        .administrator
        .create_clip_on("gone", "select 1 as one")
        .await;
    let drop = format!("drop database {gone} with (force)");
    postgres.batch_execute(&drop).await.unwrap();
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_unavailable(status, &body, Some("3D000"));
    let stranger = server.user("gus@example.com", Role::Guest).await;
    let answer = stranger.get(&format!("/{}.json", clip.slug)).await;
    assert_eq!(status_and_body(answer).await.0, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_is_told() {
    let server = Server::start().await;
    let cluster = Cluster::start("max_connections=20");
    cluster.write(
        "data/pg_hba.conf",
        "local all postgres trust\nhost all all all scram-sha-256\n",
    );
    let cluster = cluster.boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create role r login password 'first one'")
        .await
        .unwrap();
    let url = cluster.host_url("r:first%20one", "127.0.0.1", "postgres");
    server.add_database("guarded", &url).await;
    postgres
        .batch_execute("alter role r password 'second one'")
        .await
        .unwrap();
    let clip = server
        .administrator
        .create_clip_on("guarded", "select 1 as one")
        .await;
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_unavailable(status, &body, Some("28P01"));
    assert!(!body.to_string().contains("first"), "{body}");
    // A new URL is used at once.
    let url = cluster.host_url("r:second%20one", "127.0.0.1", "postgres");
    let changed = server
        .administrator
        .patch("/api/v1/databases/guarded", &json!({"url": url}))
        .await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_eq!(server.rows(&clip, "csv").await.status(), StatusCode::OK);
}
