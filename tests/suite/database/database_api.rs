//! Databases over the API: changed, closed, removed, moved away from, and added again.

use dataclips::model::Role;
use serde_json::{Value, json};

use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_added_read_changed_and_removed() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    let new = json!({"name": "shop / ä", "url": server.data_url()});
    let (status, added) = status_and_body(ada.post("/api/v1/databases", &new).await).await;
    assert_eq!(
        (status, added),
        (
            201,
            json!({"name": "shop / ä", "open_to": "administrators", "daily_look": false, "clips": 0, "warnings": []})
        )
    );

    let path = "/api/v1/databases/shop%20%2F%20%C3%A4";
    let body =
        json!({"name": "shop / ä", "open_to": "administrators", "daily_look": false, "clips": 0});
    assert_eq!(
        status_and_body(ada.get(path).await).await,
        (200, body.clone())
    );
    let (_, list) = status_and_body(ada.get("/api/v1/databases").await).await;
    let data = json!({"name": "data", "open_to": "members", "daily_look": false, "clips": 0});
    assert_eq!(list, json!({"databases": [data, body]}));
    assert_eq!(
        status_and_body(mia.get("/api/v1/databases").await).await.1,
        json!({"databases": [data]})
    );
    assert_eq!(status_and_body(mia.get(path).await).await.0, 404);

    let changes = json!({"name": "shop", "open_to": ["Mia@Example.com"]});
    let (status, changed) = status_and_body(ada.patch(path, &changes).await).await;
    assert_eq!(
        (status, changed),
        (
            200,
            json!({"name": "shop", "open_to": ["mia@example.com"], "daily_look": false, "clips": 0})
        )
    );
    assert_eq!(status_and_body(ada.get(path).await).await.0, 404);
    assert_eq!(
        status_and_body(mia.get("/api/v1/databases/shop").await)
            .await
            .0,
        200
    );
    let (_, changed) = status_and_body(
        ada.patch("/api/v1/databases/shop", &json!({"url": server.data_url()}))
            .await,
    )
    .await;
    assert_eq!(changed["warnings"], json!([]));

    assert_eq!(
        status_and_body(ada.delete("/api/v1/databases/shop").await).await,
        (204, Value::Null)
    );
    for client in [ada, &mia] {
        assert_eq!(
            status_and_body(client.get("/api/v1/databases/shop").await)
                .await
                .0,
            404
        );
    }
    assert_eq!(
        status_and_body(ada.delete("/api/v1/databases/shop").await)
            .await
            .0,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_in_part_changes_nothing() {
    let server = Server::start().await;
    let ada = &server.administrator;
    for (changes, field) in [
        (
            json!({"name": "renamed", "open_to": ["nobody@example.com"]}),
            "open_to",
        ),
        (json!({"name": "renamed", "open_to": "everyone"}), "open_to"),
        (json!({"name": "renamed", "url": "mysql://u@h/d"}), "url"),
        (json!({"name": " ", "open_to": "administrators"}), "name"),
    ] {
        let (status, body) =
            status_and_body(ada.patch("/api/v1/databases/data", &changes).await).await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (422, &json!(field)),
            "{changes}: {body}"
        );
        let (status, body) = status_and_body(ada.get("/api/v1/databases/data").await).await;
        assert_eq!(
            (status, &body["open_to"]),
            (200, &json!("members")),
            "{changes}"
        );
    }
    server.add_database("other", &server.data_url()).await;
    let (status, body) = status_and_body(
        ada.patch("/api/v1/databases/other", &json!({"name": "data"}))
            .await,
    )
    .await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (422, &json!("name")),
        "{body}"
    );
    let twice = json!({"name": "data", "url": server.data_url()});
    let (status, body) = status_and_body(ada.post("/api/v1/databases", &twice).await).await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (422, &json!("name")),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_clips_is_removed_by_force_and_comes_back_with_them() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as one").await;
    let (status, body) = status_and_body(ada.delete("/api/v1/databases/data").await).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("conflict")));
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("Move them") && message.contains("?force=1"),
        "{message}"
    );
    assert!(message.starts_with("1 clip queries"), "{message}");
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);

    assert_eq!(
        status_and_body(ada.delete("/api/v1/databases/data?force=1").await)
            .await
            .0,
        204
    );
    let answer = server.rows(&clip, "csv").await;
    assert!(answer.headers().contains_key("retry-after"));
    let (status, body) = status_and_body(answer).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("database_removed"))
    );
    // The clip can still be read and changed, with a warning that it would fail.
    let path = format!("/api/v1/clips/{}", clip.slug);
    let (status, changed) =
        status_and_body(mia.patch(&path, &json!({"sql": "select 2 as two"})).await).await;
    assert_eq!(
        (status, &changed["warning"]["code"]),
        (200, &json!("database_removed")),
        "{changed}"
    );
    let new = json!({"title": "New", "database": "data", "sql": "select 1"});
    assert_eq!(
        status_and_body(ada.post("/api/v1/clips", &new).await)
            .await
            .0,
        422
    );

    // Its clips move away, or come back with it.
    server.add_database("other", &server.data_url()).await;
    let moved = ada
        .post("/api/v1/databases/data/move", &json!({"to": "other"}))
        .await;
    assert_eq!(status_and_body(moved).await, (200, json!({"moved": 1})));
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    server.add_database("data", &server.data_url()).await;
    let first = server
        .anonymous()
        .get(&format!("/{}.csv?version=1", clip.slug))
        .await;
    assert_eq!(first.text().await.unwrap(), "one\n1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_move_to_another_database_with_a_version_each() {
    let server = Server::start().await;
    let ada = &server.administrator;
    server.add_database("other", &server.data_url()).await;
    let first = server.create_clip("select 1 as one").await;
    let second = server.create_clip("select 2 as two").await;
    let elsewhere = ada.create_clip_on("other", "select 3 as three").await;
    let removed = server.create_clip("select 4 as four").await;
    ada.delete(&format!("/api/v1/clips/{}", removed.slug)).await;

    let moved = status_and_body(
        ada.post("/api/v1/databases/data/move", &json!({"to": "other"}))
            .await,
    )
    .await;
    assert_eq!(moved, (200, json!({"moved": 3})));
    for (clip, version) in [(&first, 2), (&second, 2), (&elsewhere, 1)] {
        let (_, body) =
            status_and_body(ada.get(&format!("/api/v1/clips/{}", clip.slug)).await).await;
        assert_eq!(
            (&body["database"], &body["version"]),
            (&json!("other"), &json!(version))
        );
        assert_eq!(body["sql"], clip.body["sql"]);
    }
    assert_eq!(
        status_and_body(ada.delete("/api/v1/databases/data").await)
            .await
            .0,
        204
    );
    assert_eq!(
        server.rows(&first, "csv").await.text().await.unwrap(),
        "one\n1\n"
    );
    for (to, field) in [("other", "to"), ("data", "to"), ("nothing", "to")] {
        let (status, body) = status_and_body(
            ada.post("/api/v1/databases/other/move", &json!({"to": to}))
                .await,
        )
        .await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (422, &json!(field)),
            "{to}: {body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_that_move_while_they_are_edited_get_versions_one_after_the_other() {
    let server = Server::start().await;
    let ada = &server.administrator;
    server.add_database("other", &server.data_url()).await;
    let clip = server.create_clip("select 0").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    for round in 1..=15 {
        let sql = json!({"sql": format!("select {round}")});
        let to_other = json!({"to": "other"});
        let to_data = json!({"to": "data"});
        let answers = tokio::join!(
            ada.patch(&path, &sql),
            ada.post("/api/v1/databases/data/move", &to_other),
            ada.post("/api/v1/databases/other/move", &to_data),
        );
        for answer in [answers.0, answers.1, answers.2] {
            let (status, body) = status_and_body(answer).await;
            assert_eq!(status, 200, "round {round}: {body}");
        }
    }
    let (_, body) = status_and_body(ada.get(&format!("{path}/versions")).await).await;
    let versions = body["versions"].as_array().unwrap();
    let newest = versions[0]["version"].as_u64().unwrap();
    assert_eq!(newest, versions.len() as u64);
}
