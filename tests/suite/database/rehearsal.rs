//! The rehearsal of a move: every query runs on both databases.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::*;
use crate::support::{empty_database, status_and_body};

const PATIENCE: Duration = Duration::from_secs(20);

impl Office {
    /// Adds an empty database as `other`, and returns its name in PostgreSQL.
    async fn add_other(&self) -> String {
        let url = empty_database().await;
        let (_, name) = url.rsplit_once('/').unwrap();
        let url = shared().socket_url("reader", name);
        self.server.add_database("other", &url).await;
        name.to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_tells_which_clips_fail_and_which_return_other_rows() {
    let office = Office::new().await;
    let api = &office.server.administrator;
    let other = office.add_other().await;
    let superuser = shared().connect("postgres", &other).await;
    let tables = "create table orders (id integer); insert into orders values (1), (2); grant select on orders to reader";
    superuser.batch_execute(tables).await.unwrap();
    // Types of the same names, which have other numbers on the other database.
    let types = "create type mood as enum ('sad', 'glad'); create type point_2d as (x integer, y integer); create domain age as integer;
                 create table moods (mood mood, moods mood[], place point_2d, age age);
                 insert into moods values ('glad', '{sad,glad}', '(1,2)', 42); grant select on moods to reader";
    for client in [&superuser, &office.server.superuser().await] {
        client.batch_execute(types).await.unwrap();
    }
    let fails_here = format!(
        "select 1 / (current_database() <> '{}')::integer",
        office.server.data
    );
    for sql in [
        "select 1 as one",
        "select count(*) from orders",
        "select current_database()",
        "select * from secrets_that_nobody_has",
        "select * from {{ table_of_my_dreams }} where x = {{ y }}",
        "select relname from pg_class where oid = 'payments'::regclass",
        "select {{ n = 1 }}::integer as n",
        "select * from moods",
        &fails_here,
    ] {
        api.create_clip(sql).await;
    }
    let check = json!({"to": "other"});
    let (status, checked) =
        status_and_body(api.post("/api/v1/databases/data/move/check", &check).await).await;
    assert_eq!(status, 200, "{checked}");
    let outcomes = outcomes(&checked);
    assert_eq!(outcomes.len(), 9, "{checked}");
    assert_eq!(outcomes[0], "same", "{checked}");
    assert_eq!(
        (outcomes[2], outcomes[3]),
        ("differs", "fails_on_both"),
        "{checked}"
    );
    assert_eq!((outcomes[4], outcomes[6]), ("not_run", "same"), "{checked}");
    assert_eq!(outcomes[7], "same", "{checked}");
    // It fails where it is now.
    let works = &checked["checks"][8];
    assert_eq!(outcomes[8], "works", "{checked}");
    assert_eq!(
        (&works["error_before"]["sqlstate"], &works["error"]),
        (&json!("22012"), &Value::Null)
    );
    let both = &checked["checks"][3];
    assert_eq!(both["error_before"]["sqlstate"], "42P01", "{checked}");
    let sum: u64 = [
        "same",
        "differs",
        "works",
        "fails",
        "fails_on_both",
        "not_run",
    ]
    .iter()
    .map(|kind| checked[*kind].as_u64().unwrap())
    .sum();
    assert_eq!((sum, &checked["error"]), (9, &Value::Null));
    assert_eq!(
        checked["checks"][3]["error"]["sqlstate"], "42P01",
        "{checked}"
    );

    let page = office.path("data").await;
    let to = office.find("other").await.id.to_string();
    let shown = office
        .ada
        .submit(&format!("{page}/move/check"), &[("to", &to)])
        .await;
    assert_eq!(shown.status(), 200);
    let shown = shown.text().await.unwrap();
    for words in [
        ">same rows</span>",
        ">other rows</span>",
        ">fails on both</span>",
        "Where it is now, it fails:",
        "division by zero",
        "</html>",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let (status, body) = status_and_body(api.get("/api/v1/clips").await).await;
    let versions = body["clips"]
        .as_array()
        .unwrap()
        .iter()
        .map(|clip| &clip["version"]);
    assert!(
        status == 200 && versions.clone().all(|version| version == 1),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_of_a_type_of_ones_own_is_understood_on_a_copy() {
    let office = Office::new().await;
    let api = &office.server.administrator;
    let copy = empty_database().await;
    let copy = copy.rsplit_once('/').unwrap().1;
    // The types have other numbers on the copy.
    let tables = "create type mood as enum ('sad', 'glad', 'calm'); create domain age as integer;
                  create table moods (id integer, mood mood, age age);
                  insert into moods values (1, 'glad', 10), (2, 'sad', 20), (3, 'calm', 30);
                  grant select on moods to public";
    let superuser = shared().connect("postgres", copy).await;
    for client in [&superuser, &office.server.superuser().await] {
        client.batch_execute(tables).await.unwrap();
    }
    let url = shared().socket_url("reader", copy);
    office.server.add_database("copy", &url).await;
    let mut paths = Vec::new();
    for place in [
        "mood = any ({{ x={glad,sad} }})",
        "mood < {{ x=calm }}",
        "age < {{ x=30 }}::age",
        "(id, mood, age) <> {{ x=(3,calm,30) }}::moods",
    ] {
        let sql = format!("select id from moods where {place} order by id");
        let clip = api.create_clip(&sql).await;
        paths.push((format!("/{}.csv", clip.slug), sql));
    }
    let check = json!({"to": "copy"});
    let (_, checked) =
        status_and_body(api.post("/api/v1/databases/data/move/check", &check).await).await;
    assert_eq!(outcomes(&checked), ["same"; 4], "{checked}");
    // The copy takes the database's place.
    for url in [url, office.server.data_url()] {
        let changed = json!({"url": url});
        let answer = api.patch("/api/v1/databases/data", &changed).await;
        assert_eq!(answer.status(), 200);
        for (path, sql) in &paths {
            let answer = api.get(path).await;
            let csv = answer.text().await.unwrap();
            assert_eq!(csv, "id\n1\n2\n", "{sql}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_cancelled_on_the_other_database_is_named_and_the_rest_is_tried() {
    let office = Office::new().await;
    let api = &office.server.administrator;
    let other = office.add_other().await;
    let sleeps =
        format!("select case current_database() when '{other}' then pg_sleep(60)::text end");
    api.create_clip(&sleeps).await;
    api.create_clip("select 1 as one").await;
    let superuser = shared().connect("postgres", &other).await;
    let sql = "select count(pg_cancel_backend(pid)) from pg_stat_activity
               where wait_event = 'PgSleep' and datname = current_database()";
    let cancelled = until_counted(&superuser, sql);
    let check = json!({"to": "other"});
    let checked = async {
        status_and_body(api.post("/api/v1/databases/data/move/check", &check).await).await
    };
    let ((_, checked), ()) = tokio::join!(checked, cancelled);
    let outcomes = outcomes(&checked);
    assert_eq!(outcomes, ["fails", "same"], "{checked}");
    let error = &checked["checks"][0]["error"];
    assert_eq!(error["sqlstate"], "57014", "{checked}");
    assert_eq!(checked["error"], Value::Null);

    // Without the other database, the rest is not tried.
    let gone = format!("alter database {other} allow_connections false");
    let postgres = shared().connect("postgres", "postgres").await;
    postgres.batch_execute(&gone).await.unwrap();
    let ended = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{other}' and usename = 'reader'"
    );
    postgres.batch_execute(&ended).await.unwrap();
    api.create_clip("select 2 as two").await;
    let (_, checked) =
        status_and_body(api.post("/api/v1/databases/data/move/check", &check).await).await;
    assert_eq!(checked["checks"].as_array().unwrap().len(), 2, "{checked}");
    assert!(checked["error"].is_string(), "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_rehearsal_cancels_its_queries() {
    let office = Office::new().await;
    let api = &office.server.administrator;
    office.add_other().await;
    api.create_clip("select 1 as one").await;
    api.create_clip("select pg_sleep(60)").await;
    let check = json!({"to": "other"});
    let mut answer = api.post("/api/v1/databases/data/move/check", &check).await;
    let mut sent = Vec::new();
    // The first clip is told while the second runs.
    while !String::from_utf8_lossy(&sent).contains("\"same\"") {
        sent.extend(answer.chunk().await.unwrap().unwrap());
    }
    let superuser = office.server.superuser().await;
    let sql = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'
               and application_name like 'dataclips preview clip%'
               and datname = current_database()";
    until_counted(&superuser, sql).await;
    drop(answer);
    office.server.no_query_is_left().await;
}

/// Asks again until the count is above 0.
async fn until_counted(client: &tokio_postgres::Client, sql: &str) {
    let counted = async {
        while client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, counted).await.expect(sql);
}

fn outcomes(checked: &Value) -> Vec<&str> {
    let checks = checked["checks"].as_array().unwrap().iter();
    checks
        .map(|check| check["outcome"].as_str().unwrap())
        .collect()
}
