//! The rehearsal of a move: every query runs on both databases.

use serde_json::{Value, json};

use super::*;
use crate::support::{empty_database, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_tells_which_clips_fail_and_which_return_other_rows() {
    let office = Office::new().await;
    let api = &office.server.administrator;
    let other = empty_database().await;
    let other = other.rsplit_once('/').unwrap().1;
    let superuser = shared().connect("postgres", other).await;
    let tables = "create table orders (id integer); insert into orders values (1), (2); grant select on orders to reader";
    superuser.batch_execute(tables).await.unwrap();
    let url = shared().socket_url("reader", other);
    office.server.add_database("other", &url).await;
    for sql in [
        "select 1 as one",
        "select count(*) from orders",
        "select current_database()",
        "select * from secrets_that_nobody_has",
        "select * from {{ table_of_my_dreams }} where x = {{ y }}",
        "select relname from pg_class where oid = 'payments'::regclass",
        "select {{ n = 1 }}::integer as n",
    ] {
        api.create_clip(sql).await;
    }
    let check = json!({"to": "other"});
    let (status, checked) =
        status_and_body(api.post("/api/v1/databases/data/move/check", &check).await).await;
    assert_eq!(status, 200, "{checked}");
    let outcomes: Vec<&str> = checked["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(outcome)
        .collect();
    assert_eq!(outcomes.len(), 7, "{checked}");
    assert_eq!(outcomes[0], "same", "{checked}");
    assert_eq!(
        (outcomes[2], outcomes[3]),
        ("differs", "fails_on_both"),
        "{checked}"
    );
    assert_eq!((outcomes[4], outcomes[6]), ("not_run", "same"), "{checked}");
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
    assert_eq!((sum, &checked["error"]), (7, &Value::Null));
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
async fn who_leaves_a_rehearsal_cancels_its_queries() {
    let office = Office::new().await;
    let api = &office.server.administrator;
    let other = empty_database().await;
    let other = other.rsplit_once('/').unwrap().1;
    let url = shared().socket_url("reader", other);
    office.server.add_database("other", &url).await;
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
    while superuser
        .query_one(sql, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    drop(answer);
    office.server.no_query_is_left().await;
}

fn outcome(checked: &Value) -> &str {
    checked["outcome"].as_str().unwrap()
}
