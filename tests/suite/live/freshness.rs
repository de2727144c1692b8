//! Rows that count as fresh, and rows that must not.

use serde_json::json;
use tokio::spawn;

use super::*;

const WHERE: &str = "select current_database() as place";

/// A clip on the database `far`, which is that of `server`, with a maximum age; and the URL of another database.
async fn far_clip(server: &Server, sql: &str) -> (Clip, String, Server) {
    server.add_database("far", &server.data_url()).await;
    let clip = server.administrator.create_clip_on("far", sql).await;
    change(server, &clip, json!({"max_age": 600})).await;
    let other = Server::start().await;
    (clip, other.data_url(), other)
}

async fn move_far(server: &Server, url: &str) {
    let moved = server
        .administrator
        .patch("/api/v1/databases/far", &json!({"url": url}))
        .await;
    assert_eq!(moved.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_the_previous_database_are_not_fresh() {
    let server = Server::start().await;
    let (clip, url, other) = far_clip(&server, WHERE).await;
    let ada = &server.administrator;
    let place = |server: &Server| format!("place\n{}\n", server.data).into_bytes();
    for _ in 0..2 {
        assert_eq!(bytes(ada, &clip, ".csv").await, place(&server));
    }
    move_far(&server, &url).await;
    for _ in 0..2 {
        assert_eq!(bytes(ada, &clip, ".csv").await, place(&other));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_joins_a_run_on_the_previous_database() {
    let server = Server::start().await;
    let slow = format!("{WHERE}, pg_sleep(2)::text is null as slept");
    let (clip, url, other) = far_clip(&server, &slow).await;
    let (client, path) = (server.anonymous(), format!("/{}.csv", clip.slug));
    let before = spawn(async move { client.get(&path).await.text().await.unwrap() });
    let subject = dataclips::live::Subject {
        clip: clip.body["number"].as_i64().unwrap(),
        version: 1,
        values: dataclips::run::parameters::SetKey::default(),
    };
    while server.app.live.version(subject).running().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    move_far(&server, &url).await;
    let after = bytes(&server.administrator, &clip, ".csv").await;
    assert!(String::from_utf8(after).unwrap().contains(&other.data));
    assert!(before.await.unwrap().contains(&server.data));
    // The run that ended late is not what the clip holds now.
    let held = bytes(&server.administrator, &clip, ".csv").await;
    assert!(String::from_utf8(held).unwrap().contains(&other.data));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_clip_shows_nothing_of_a_database_that_was_removed() {
    let server = Server::start().await;
    let (clip, _, _) = far_clip(&server, WHERE).await;
    let ada = &server.administrator;
    bytes(ada, &clip, ".csv").await;
    let removed = ada.delete("/api/v1/databases/far?force=1").await;
    assert_eq!(removed.status(), 204);
    for rest in [".csv", ".csv?since=1970-01-01T00:00:00Z", "/rows", "/run"] {
        let (status, body) = status_and_body(ask(ada, &clip, rest).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (503, &json!("database_removed")),
            "{rest}: {body}"
        );
    }
    assert_eq!(ask(ada, &clip, "").await.status(), 503);
    assert_eq!(
        ask(ada, &clip, ".csv?version=1&result=1").await.status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_type_makes_another_result() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute(
            "create type mood as enum ('calm');
             create table feelings as select 'calm'::mood as now;
             grant select on feelings to reader",
        )
        .await
        .unwrap();
    let clip = server.create_clip("select now from feelings").await;
    let visitor = server.anonymous();
    let before = ask(&visitor, &clip, ".json").await;
    let etag = header(&before, "etag").to_owned();
    assert!(before.text().await.unwrap().contains("\"mood\""));
    // A connection remembers the names of types.
    superuser
        .batch_execute("alter type mood rename to humour")
        .await
        .unwrap();
    end_sessions(&superuser).await;
    for rest in [".json", ".xml"] {
        let after = ask_with(&visitor, &clip, rest, ("if-none-match", &etag)).await;
        assert_eq!(after.status(), 200, "{rest}");
        assert_eq!(header(&after, "x-dataclips-result"), "2", "{rest}");
        assert!(after.text().await.unwrap().contains("humour"), "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_pages_that_refresh_in_turn_run_the_query_once() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let visitor = server.anonymous();
    for _ in 0..10 {
        let look = ask(&visitor, &clip, "/run?version=1").await;
        assert_eq!(header(&look, "cache-control"), "private, no-cache");
        let events = look.text().await.unwrap();
        assert!(events.contains("event: settled"), "{events}");
        assert!(events.contains("\"result\":1"), "{events}");
        // The page shows the outcome that the event reported.
        let since = events.split("\"since\":\"").nth(1).unwrap();
        let since = since.split('"').next().unwrap();
        let page = ask(&visitor, &clip, &format!("?version=1&since={since}")).await;
        assert_eq!(page.status(), 200);
    }
    assert_eq!(moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_result_of_a_burst_is_kept() {
    let server = Server::start().await;
    let clip = server.create_clip("select clock_timestamp() as at").await;
    let visitor = server.anonymous();
    let last = async {
        bytes(&visitor, &clip, ".csv").await;
        bytes(&visitor, &clip, ".csv").await;
        bytes(&visitor, &clip, ".csv").await
    };
    let last = last.await;
    is_kept(&server.administrator, &clip, 3).await;
    assert_eq!(
        bytes(&visitor, &clip, ".csv?version=1&result=3").await,
        last
    );
}
