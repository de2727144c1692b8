//! A plan reveals the query: those who may not see the query do not see its plan.

use dataclips::model::Role;
use serde_json::json;

use super::grant;
use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_a_hidden_query_is_for_those_who_see_the_query() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let editor = server.user("eda@example.com", Role::Member).await;
    let explain = "explain (verbose) select 'needle' as hay from pg_class";
    let clip = owner.create_clip(explain).await;
    let (page, api) = (
        format!("/{}", clip.slug),
        format!("/api/v1/clips/{}", clip.slug),
    );
    let shown = server.rows(&clip, "csv").await;
    let etag = shown.headers()["etag"].clone();
    assert!(shown.text().await.unwrap().contains("needle"));

    let hidden = json!({"show_sql": false});
    assert_eq!(owner.patch(&api, &hidden).await.status(), 200);
    let nobody = server.anonymous();
    let stored = format!("{page}.json?version=1&result=1");
    let window = format!("{page}/rows?version=1&result=1");
    for path in [
        &format!("{page}.csv"),
        &format!("{page}.xlsx"),
        &page,
        &stored,
        &window,
    ] {
        let answer = nobody.get(path).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 403, "{path}: {text}");
        assert!(
            !text.contains("needle") && !text.contains("pg_class"),
            "{path}: {text}"
        );
        assert_eq!(owner.get(path).await.status(), 200, "{path}");
    }
    let csv = format!("{page}.csv");
    let known = nobody
        .request(reqwest::Method::GET, &csv)
        .header("if-none-match", etag);
    assert_eq!(known.send().await.unwrap().status(), 403);

    let grants = json!({"grants": [{"to": "eda@example.com", "may": "edit"}]});
    assert_eq!(
        owner.put(&format!("{api}/access"), &grants).await.status(),
        200
    );
    assert_eq!(editor.get(&csv).await.status(), 200);

    // Neither a maximum age nor stale rows get around that.
    let aged = json!({"max_age": 600, "serve_stale": true});
    assert_eq!(owner.patch(&api, &aged).await.status(), 200);
    for path in [&csv, &page] {
        assert_eq!(nobody.get(path).await.status(), 403, "{path}");
    }
    let pinned = owner.put(&format!("{api}/pin"), &json!({})).await;
    assert_eq!(pinned.status(), 200);
    assert_eq!(nobody.get(&csv).await.status(), 403);
    assert_eq!(owner.get(&csv).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_a_hidden_query_say_no_word_of_it() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let viewer = server.user("gus@example.com", Role::Guest).await;
    let clip = owner.create_clip("select needle from hay").await;
    grant(&owner, &clip, &[("gus@example.com", "see")]).await;
    let api = format!("/api/v1/clips/{}", clip.slug);
    for (shows, says) in [(true, true), (false, false)] {
        let change = json!({"show_sql": shows});
        assert_eq!(owner.patch(&api, &change).await.status(), 200);
        for path in [
            format!("/{}.json", clip.slug),
            format!("/{}", clip.slug),
            format!("/{}/history?kind=data", clip.slug),
            format!("/{}/history?kind=query", clip.slug),
            api.clone(),
            format!("{api}/versions"),
            format!("{api}/results"),
        ] {
            let text = viewer.get(&path).await.text().await.unwrap();
            assert_eq!(text.contains("hay"), says, "{path}: {text}");
        }
        let (status, body) =
            status_and_body(viewer.get(&format!("/{}.json", clip.slug)).await).await;
        assert_eq!((status, &body["error"]["sqlstate"]), (422, &json!("42P01")));
        assert_eq!(body["error"]["position"].is_number(), says, "{body}");
        assert!(!body["error"]["message"].as_str().unwrap().is_empty());
    }
}
