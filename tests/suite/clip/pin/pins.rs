//! Pinning a clip to a result, and letting it go.

use dataclips::model::Role;
use serde_json::json;

use crate::http::{ask, change, remove};
use crate::live::{FORMATS, MOOD, Moods, bytes, is_kept, pin, unpin};
use crate::support::{Clip, Server, status_and_body};
use serde_json::Value;

fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn pinning_a_clip_without_a_result_runs_it_once() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let (status, body) = status_and_body(pin(&server.administrator, &clip, None).await).await;
    assert_eq!((status, &body["pinned"]), (200, &json!(true)), "{body}");
    assert_eq!(body["pin"]["version"], 1);
    assert_eq!(body["pin"]["result"], 1);
    assert!(body["pin"]["at"].as_str().is_some());
    assert_eq!(body["slug"], clip.slug);
    moods.turn("cross").await;
    for rest in FORMATS {
        assert_eq!(
            ask(&server.anonymous(), &clip, rest).await.status(),
            200,
            "{rest}"
        );
    }
    assert_eq!(
        bytes(&server.anonymous(), &clip, ".csv").await,
        b"mood\ncalm\n"
    );
    assert_eq!(moods.reads().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_pinned_to_its_newest_result_or_the_one_that_is_named() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let ada = &server.administrator;
    for mood in ["calm", "cross", "merry"] {
        moods.turn(mood).await;
        bytes(ada, &clip, ".csv").await;
    }
    change(&server, &clip, json!({"sql": "select 2 as two"})).await;
    bytes(ada, &clip, ".csv").await;
    for (body, version, result, rows) in [
        (Some(json!({})), 2, 1, "two\n2\n"),
        (Some(json!({"version": 1})), 1, 3, "mood\nmerry\n"),
        (
            Some(json!({"version": 1, "result": 1})),
            1,
            1,
            "mood\ncalm\n",
        ),
        // Rows that are still in memory can be stored.
        (
            Some(json!({"version": 1, "result": 2})),
            1,
            2,
            "mood\ncross\n",
        ),
        (Some(json!({"result": 1})), 2, 1, "two\n2\n"),
        (None, 2, 1, "two\n2\n"),
    ] {
        let (status, told) = status_and_body(pin(ada, &clip, body.as_ref()).await).await;
        assert_eq!(status, 200, "{body:?}: {told}");
        assert_eq!(told["pin"]["version"], version, "{body:?}");
        assert_eq!(told["pin"]["result"], result, "{body:?}");
        assert_eq!(bytes(ada, &clip, ".csv").await, rows.as_bytes());
    }
    assert_eq!(moods.reads().await, 3, "nothing ran for a pin");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpinned_clip_is_live_again() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let ada = &server.administrator;
    assert_eq!(pin(ada, &clip, None).await.status(), 200);
    moods.turn("cross").await;
    assert_eq!(bytes(ada, &clip, ".csv").await, b"mood\ncalm\n");
    for _ in 0..2 {
        assert_eq!(unpin(ada, &clip).await.status(), 204);
        assert_eq!(bytes(ada, &clip, ".csv").await, b"mood\ncross\n");
    }
    let body: Value = ada
        .get(&format!("/api/v1/clips/{}", clip.slug))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(body["pinned"], false);
    assert_eq!(body.get("pin"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn pinning_twice_changes_nothing() {
    let server = Server::start().await;
    let clip = server.create_clip("select clock_timestamp() as at").await;
    let ada = &server.administrator;
    let first = status_and_body(pin(ada, &clip, None).await).await;
    assert_eq!(first.0, 200);
    let chosen = json!({"version": 1, "result": 1});
    assert_eq!(
        status_and_body(pin(ada, &clip, Some(&chosen)).await).await,
        first
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pinned_says_why() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let clip = server.create_clip(MOOD).await;
    let ada = &server.administrator;
    bytes(ada, &clip, ".csv").await;
    is_kept(ada, &clip, 1).await;
    moods.drop().await;
    assert_eq!(ask(ada, &clip, ".csv").await.status(), 422);
    let store = server.app.store.client().await.unwrap();
    store
        .batch_execute(
            "insert into results (clip_id, version, number, started_at, finished_at, checked_at, elapsed_us,
                 columns, row_count, checksum)
             select clip_id, version, 9, started_at, finished_at, checked_at, elapsed_us, columns, row_count, checksum
             from results
             where failure is null",
        )
        .await
        .unwrap();
    for (body, status, is) in [
        (json!({"version": 1, "result": 2}), 422, "invalid"),
        (json!({"version": 1, "result": 10}), 404, "not_found"),
        (json!({"version": 1, "result": 0}), 404, "not_found"),
        (json!({"version": 2}), 404, "not_found"),
        (json!({"version": 2, "result": 1}), 404, "not_found"),
        // The ninth result's rows were never stored, and the fifth result was deleted.
        (json!({"version": 1, "result": 9}), 410, "swept"),
        (json!({"version": 1, "result": 5}), 410, "swept"),
        (json!({"versoin": 1}), 422, "invalid"),
        (json!({"version": "one"}), 422, "invalid"),
        (json!([]), 400, "bad_request"),
    ] {
        let (answered, told) = status_and_body(pin(ada, &clip, Some(&body)).await).await;
        assert_eq!((answered, code(&told)), (status, is), "{body}: {told}");
    }
    let failing = server.create_clip("select 1 / 0").await;
    for _ in 0..2 {
        let (status, told) = status_and_body(pin(ada, &failing, None).await).await;
        assert_eq!(
            (status, &told["error"]["sqlstate"]),
            (422, &json!("22012")),
            "{told}"
        );
    }
    let (_, body) =
        status_and_body(ada.get(&format!("/api/v1/clips/{}", failing.slug)).await).await;
    assert_eq!(body["pinned"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_and_administrators_pin_and_unpin() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let max = server.user("max@example.com", Role::Member).await;
    let guest = server.user("guest@example.com", Role::Guest).await;
    let clip = mia.create_clip("select 1 as one").await;
    let stranger = server.anonymous();
    for (client, status) in [(&max, 403), (&guest, 403), (&stranger, 401)] {
        assert_eq!(pin(client, &clip, None).await.status(), status);
    }
    for client in [&mia, &server.administrator] {
        assert_eq!(pin(client, &clip, None).await.status(), 200);
        for (client, status) in [(&max, 403), (&guest, 403), (&stranger, 401)] {
            assert_eq!(unpin(client, &clip).await.status(), status);
        }
        assert_eq!(unpin(client, &clip).await.status(), 204);
    }
    let unknown = Clip {
        slug: "a".repeat(28),
        body: Value::Null,
    };
    assert_eq!(pin(&mia, &unknown, None).await.status(), 404);
    assert_eq!(unpin(&mia, &unknown).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_can_be_created_pinned() {
    let server = Server::start().await;
    let moods = Moods::create(&server).await;
    let ada = &server.administrator;
    let new =
        |sql: &str| json!({"title": "A test", "database": "data", "sql": sql, "pinned": true});
    let (status, body) = status_and_body(ada.post("/api/v1/clips", &new(MOOD)).await).await;
    assert_eq!((status, &body["pinned"]), (201, &json!(true)), "{body}");
    moods.turn("cross").await;
    let clip = Clip {
        slug: body["slug"].as_str().unwrap().to_owned(),
        body,
    };
    assert_eq!(bytes(ada, &clip, ".csv").await, b"mood\ncalm\n");
    let (status, body) =
        status_and_body(ada.post("/api/v1/clips", &new("select 1 / 0")).await).await;
    assert_eq!((status, &body["pinned"]), (201, &json!(false)), "{body}");
    assert_eq!(body["warning"]["sqlstate"], "22012", "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_clip_is_neither_pinned_nor_unpinned_and_comes_back_as_it_was() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = server.create_clip("select clock_timestamp() as at").await;
    let live = server.create_clip("select 1 as one").await;
    assert_eq!(pin(ada, &clip, None).await.status(), 200);
    let before = bytes(ada, &clip, ".csv").await;
    for clip in [&clip, &live] {
        remove(&server, clip).await;
        let (status, body) = status_and_body(pin(ada, clip, None).await).await;
        assert_eq!((status, code(&body)), (410, "removed"), "{body}");
        assert_eq!(unpin(ada, clip).await.status(), 410);
        let path = format!("/api/v1/clips/{}/restore", clip.slug);
        assert_eq!(ada.post(&path, &Value::Null).await.status(), 200);
    }
    assert_eq!(bytes(ada, &clip, ".csv").await, before);
}

/// These rows exceed what the server's memory and its store hold of rows that are not pinned.
#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_any_size_can_be_pinned() {
    let server = Server::with(crate::support::LIMITS, 1 << 20).await;
    let small = Server::with_results(1 << 10).await;
    let noise = "select n, md5(n::text) from generate_series(1, 25000) as n";
    for server in [&server, &small] {
        let ada = &server.administrator;
        for _ in 0..2 {
            let clip = server.create_clip(noise).await;
            let (status, body) = status_and_body(pin(ada, &clip, None).await).await;
            assert_eq!(status, 200, "{body}");
            let asked = server.create_clip(noise).await;
            let rows = bytes(ada, &asked, ".csv").await;
            let shown = json!({"version": 1, "result": 1});
            if server.memory.bytes_max() < 2 << 20 {
                let (status, body) = status_and_body(pin(ada, &asked, Some(&shown)).await).await;
                assert_eq!(status, 200, "{body}");
                assert_eq!(bytes(ada, &asked, ".csv").await, rows);
            }
            assert_eq!(bytes(ada, &clip, ".csv").await, rows);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_clips_shows_which_are_pinned() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = server.signed_in("ada@example.com").await;
    let list = async || ada.get("/").await.text().await.unwrap();
    assert!(!list().await.contains("pinned</span>"));
    assert_eq!(pin(&server.administrator, &clip, None).await.status(), 200);
    assert!(list().await.contains("pinned</span>"));
}
