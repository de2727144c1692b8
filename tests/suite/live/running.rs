//! What runs now, as administrators see it, and Cancel.

use dataclips::model::Role;
use serde_json::json;
use tokio::task::JoinHandle;

use super::*;

const SLOW: &str = "select pg_sleep(60)";

/// The runs that this server lists, once these are as expected.
async fn runs(server: &Server, is_expected: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (_, body) = status_and_body(server.administrator.get("/api/v1/runs").await).await;
        let runs = body["runs"].as_array().unwrap();
        if is_expected(runs) {
            return runs.clone();
        }
        assert!(Instant::now() < deadline, "{body}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn ask(client: &Client, path: &str) -> JoinHandle<u16> {
    let (client, path) = (client.clone(), path.to_owned());
    tokio::spawn(async move { client.get(&path).await.status().as_u16() })
}

fn preview(client: &Client) -> JoinHandle<u16> {
    let client = client.clone();
    let body = json!({"database": "data", "sql": SLOW});
    tokio::spawn(async move {
        client
            .post("/api/v1/preview", &body)
            .await
            .status()
            .as_u16()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_listed_with_who_waits_until_it_is_cancelled() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = server.create_clip(SLOW).await;
    let path = format!("/{}.csv", clip.slug);
    let waiting = [ask(&mia, &path), ask(&server.anonymous(), &path)];
    let is_waited_for = |runs: &[Value]| {
        runs.len() == 1 && runs[0]["waiting"] == 2 && runs[0]["stage"] == "executing"
    };
    let run = runs(&server, is_waited_for).await.remove(0);
    assert_eq!(run["people"], json!(["mia@example.com"]));
    assert_eq!(
        (&run["clip"], &run["version"]),
        (&clip.body["number"], &json!(1))
    );
    assert_eq!(
        (&run["slug"], &run["database"]),
        (&json!(clip.slug), &json!("data"))
    );
    let page = server
        .administrator
        .get("/running")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("for mia@example.com and 1 request more"),
        "{page}"
    );
    assert!(page.contains("Running for"), "{page}");
    let elsewhere = server.administrator.get("/running?database=99").await;
    assert_eq!(elsewhere.status(), 404);
    let id = run["id"].as_str().unwrap();
    let cancelled = server
        .administrator
        .delete(&format!("/api/v1/runs/{id}"))
        .await;
    assert_eq!(cancelled.status(), 204);
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), 409);
    }
    server.no_query_is_left().await;
    assert!(runs(&server, <[_]>::is_empty).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_share_the_encoding_of_a_run_wait_for_it() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let late =
        "select n, case when n = 3000 then pg_sleep(60) end from generate_series(1, 3000) as n";
    let clip = server.create_clip(late).await;
    let path = format!("/{}.csv", clip.slug);
    let waiting = [ask(&server.anonymous(), &path), ask(&mia, &path)];
    let both = |runs: &[Value]| runs.iter().any(|run| run["waiting"] == 2);
    runs(&server, both).await;
    let has_rows = |runs: &[Value]| runs.iter().any(|run| run["rows"].as_u64() > Some(0));
    runs(&server, has_rows).await;
    // Both are encoded by now.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let run = runs(&server, |_| true).await.remove(0);
    assert_eq!(run["waiting"], 2, "{run}");
    assert_eq!(run["people"], json!(["mia@example.com"]));
    let id = run["id"].as_str().unwrap();
    let path = format!("/api/v1/runs/{id}");
    server.administrator.delete(&path).await;
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), 409);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_and_previews_of_another_server_are_listed_and_cancelled() {
    let server = Server::start().await;
    let other = server.beside().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = server.create_clip(SLOW).await;
    let path = format!("/{}.csv", clip.slug);
    let (run, preview) = (ask(&mia, &path), preview(&server.administrator));
    let listed = runs(&other, |runs| runs.len() == 2).await;
    assert!(
        listed
            .iter()
            .all(|run| run["server"] != "" && run["database"] == "data")
    );
    // Somebody at the other server waits for the same run.
    let joined = ask(&other.administrator, &path);
    let is_joined = |runs: &[Value]| runs.iter().any(|run| run["waiting"] == 2);
    let listed = runs(&server, is_joined).await;
    let of_clip = listed.iter().find(|run| run["clip"].is_number()).unwrap();
    assert_eq!(
        of_clip["people"],
        json!(["ada@example.com", "mia@example.com"])
    );
    for run in &listed {
        let path = format!("/api/v1/runs/{}", run["id"].as_str().unwrap());
        assert_eq!(other.administrator.delete(&path).await.status(), 204);
        assert_eq!(other.administrator.delete(&path).await.status(), 404);
    }
    for waiting in [run, preview, joined] {
        assert_eq!(waiting.await.unwrap(), 409);
    }
    server.no_query_is_left().await;
}
