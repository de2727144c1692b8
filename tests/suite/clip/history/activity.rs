//! Who did what with a clip.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::clip::*;
use crate::support::status_and_body;

/// A clip's activity, the oldest first: who, what and with what.
async fn trail(client: &Client, slug: &str) -> Vec<(String, String, String)> {
    let (status, body) =
        status_and_body(client.get(&format!("/api/v1/clips/{slug}/trail")).await).await;
    assert_eq!(status, 200, "{body}");
    let text = |deed: &Value, key: &str| deed[key].as_str().unwrap_or("nobody").to_owned();
    let deeds = body["trail"].as_array().unwrap().iter().rev();
    deeds
        .map(|deed| (text(deed, "who"), text(deed, "what"), text(deed, "detail")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_done_with_a_clip_is_recorded() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    server.add_database("other", &server.data_url()).await;
    let path = analyst.create("Counted", "select 1 as a").await;
    let slug = path.trim_start_matches('/');
    let ada = &server.administrator;
    let api = format!("/api/v1/clips/{slug}");
    for (below, field) in [
        ("", ("sql", "select 2 as a")),
        ("/title", ("title", "Renamed")),
        ("/database", ("database", "other")),
        ("/versions/1/restoration", ("", "")),
    ] {
        path_of(analyst.submit(&format!("{path}{below}"), &[field]).await).await;
    }
    let set = json!({"show_sql": false, "max_age": 300, "serve_stale": true, "title": "Renamed"});
    assert_eq!(ada.patch(&api, &set).await.status(), 200);
    assert_eq!(ada.patch(&api, &set).await.status(), 200);
    let unset = json!({"show_sql": true, "max_age": null, "serve_stale": false});
    assert_eq!(ada.patch(&api, &unset).await.status(), 200);
    assert_eq!(
        analyst.browser.get(&format!("{path}.csv")).await.status(),
        200
    );
    let shown = [("version", "4"), ("result", "1")];
    for below in ["pin", "pin", "unpinning", "unpinning", "removal", "removal"] {
        path_of(analyst.submit(&format!("{path}/{below}"), &shown).await).await;
    }
    for _ in 0..2 {
        let restored = ada.post(&format!("{api}/restore"), &json!({})).await;
        assert_eq!(restored.status(), 200);
    }
    let moved = ada
        .post("/api/v1/databases/data/move", &json!({"to": "other"}))
        .await;
    assert_eq!(moved.status(), 200);

    let (ann, boss) = ("ann@example.com", "ada@example.com");
    let expected = [
        (ann, "created", ""),
        (ann, "edited", "version 2"),
        (ann, "renamed", "Renamed"),
        (ann, "edited", "version 3, on other"),
        (ann, "edited", "version 4, on data, restored from version 1"),
        (boss, "set", "the query is hidden"),
        (boss, "set", "maximum age 5 minutes"),
        (boss, "set", "the last good rows if the query fails"),
        (boss, "set", "the query is shown with the rows"),
        (boss, "set", "no maximum age"),
        (boss, "set", "no rows if the query fails"),
        (ann, "pinned", "version 4, result 1"),
        (ann, "unpinned", "version 4, result 1"),
        (ann, "removed", ""),
        (boss, "restored", ""),
        (boss, "edited", "version 5, moved to other"),
    ];
    let expected = expected.map(|(who, what, detail)| (who.into(), what.into(), detail.into()));
    assert_eq!(trail(&analyst.server.administrator, slug).await, expected);
    let page = analyst.page(&format!("{path}/history")).await;
    for words in [
        "ann@example.com created the clip, <strong>version 1</strong>",
        "ada@example.com saved <strong>version 5</strong>",
        "ann@example.com renamed the clip to “Renamed”",
        "ada@example.com changed the settings: the query is hidden",
        "ann@example.com pinned version 4, result 1",
        "New data: <a",
        "aria-current=\"page\">History</a>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_of_activity_comes_in_pages() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Counted", "select 1 as a").await;
    let store = analyst.server.app.store.client().await.unwrap();
    let sql = "insert into clip_deeds (clip_id, kind, detail)
               select clips.id, 'renamed', 'change ' || n || '.' from clips, generate_series(1, 150) n order by n";
    store.execute(sql, &[]).await.unwrap();
    let first = analyst.page(&format!("{path}/history")).await;
    assert!(
        first.contains("change 150.") && first.contains("change 51."),
        "{first}"
    );
    assert!(!first.contains("change 50."), "{first}");
    let (_, older) = first.split_once("rel=\"next\" href=\"").unwrap();
    let older = older.split_once('"').unwrap().0.replace("&#38;", "&");
    let last = analyst.page(&older).await;
    assert!(
        last.contains("change 50.") && last.contains("<strong>version 1</strong>"),
        "{last}"
    );
    assert!(
        !last.contains("change 51.") && !last.contains("rel=\"next\""),
        "{last}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_removed_clip_still_says_who_removed_it() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Gone", "select 1 as a").await;
    let administrator = analyst.server.signed_in("ada@example.com").await;
    path_of(administrator.submit(&format!("{path}/removal"), &[]).await).await;
    let page = analyst.page(&format!("{path}/history")).await;
    assert!(page.contains("ada@example.com removed the clip"), "{page}");
    let reader = analyst.server.anonymous();
    assert_eq!(reader.get(&format!("{path}/history")).await.status(), 410);
}

/// Waits until a clip counts as fetched. A test of what does not count does something afterwards that does.
async fn is_fetched(owner: &Client, path: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        let page = owner.get(&format!("{path}/history")).await;
        let page = page.text().await.unwrap();
        if page.contains("Its rows were last fetched <time") {
            return true;
        }
        assert!(page.contains("Nobody has fetched its rows yet."), "{page}");
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn every_look_at_rows_counts_as_a_fetch() {
    let analyst = Analyst::new().await;
    let reader = analyst.server.anonymous();
    for (method, suffix) in [
        (Method::GET, ""),
        (Method::GET, ".csv"),
        (Method::HEAD, ".json"),
    ] {
        let path = analyst.create("Fetched", "select 1 as a").await;
        let asked = reader.request(method.clone(), &format!("{path}{suffix}"));
        assert_eq!(asked.send().await.unwrap().status(), 200);
        assert!(
            is_fetched(&analyst.browser, &path).await,
            "{method} {suffix}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_response_and_a_window_count_as_fetches_too() {
    let analyst = Analyst::new().await;
    let administrator = analyst.server.signed_in("ada@example.com").await;
    let new =
        json!({"title": "Pinned", "database": "data", "sql": "select 1 as a", "pinned": true});
    for (below, status) in [("/rows", 200), (".csv", 304)] {
        let created = analyst.server.administrator.post("/api/v1/clips", &new);
        let (_, clip) = status_and_body(created.await).await;
        let path = format!("/{}", clip["slug"].as_str().unwrap());
        let page = administrator.get(&format!("{path}/history")).await;
        let page = page.text().await.unwrap();
        assert!(page.contains("Nobody has fetched its rows yet."), "{page}");
        let asked = analyst
            .browser
            .request(Method::GET, &format!("{path}{below}"));
        let asked = asked.header("if-none-match", "*").send().await.unwrap();
        assert_eq!(asked.status(), status, "{below}");
        assert!(is_fetched(&administrator, &path).await, "{below}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_without_rows_is_not_a_fetch() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Failing", "select 1 / 0 as a").await;
    let api = format!("/api/v1/clips{path}");
    let ada = &analyst.server.administrator;
    for (client, asked, status) in [
        (&analyst.browser, path.clone(), 422),
        (&analyst.browser, format!("{path}.csv"), 422),
        (&analyst.browser, format!("{path}.nothing"), 404),
        (&analyst.browser, format!("{path}/history"), 200),
        (ada, api.clone(), 200),
        (ada, format!("{api}/results"), 200),
    ] {
        assert_eq!(client.get(&asked).await.status(), status, "{asked}");
    }
    let other = analyst.create("Fetched", "select 1 as a").await;
    assert_eq!(analyst.browser.get(&other).await.status(), 200);
    assert!(is_fetched(&analyst.browser, &other).await);
    let page = analyst.page(&format!("{path}/history")).await;
    assert!(page.contains("Nobody has fetched its rows yet."), "{page}");
}
