//! Fork: who may, and what becomes of it.

use dataclips::model::Role;
use serde_json::json;

use super::*;
use crate::support::status_and_body;

const BUTTON: &str = "<button class=\"link\">Fork</button>";

#[tokio::test(flavor = "multi_thread")]
async fn each_visitor_forks_what_they_may() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    for (email, role) in [
        ("gus@example.com", Role::Guest),
        ("max@example.com", Role::Member),
        ("mia@example.com", Role::Member),
    ] {
        server.user(email, role).await;
    }
    let clip = analyst.create("Counted", "select 1 as a").await;
    let named = json!({"open_to": ["mia@example.com", "ann@example.com"]});
    let opened = server.administrator.patch("/api/v1/databases/data", &named);
    assert_eq!(opened.await.status(), 200);
    let visitors = [
        server.anonymous(),
        server.signed_in("gus@example.com").await,
        server.signed_in("max@example.com").await,
        server.signed_in("mia@example.com").await,
        analyst.browser.clone(),
        server.signed_in("ada@example.com").await,
    ];
    let fork = format!("{clip}/fork");
    let store = server.app.store.client().await.unwrap();
    for (state, statuses) in [
        ("set show_sql = true", [401, 403, 403, 303, 303, 303]),
        ("set show_sql = false", [401, 403, 403, 403, 303, 303]),
        ("set anyone = false", [401, 403, 403, 403, 303, 303]),
    ] {
        let sql = format!("update clips {state} where '/' || slug = $1");
        store.execute(&sql, &[&clip]).await.unwrap();
        for (visitor, status) in visitors.iter().zip(statuses) {
            let forked = visitor.submit(&fork, &[("version", "1")]).await;
            let (got, page) = seen(forked).await;
            assert_eq!(got, status, "{state}: {page}");
            let (_, page) = seen(visitor.get(&clip).await).await;
            assert_eq!(page.contains(BUTTON), status == 303, "{state}: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_a_copy_of_the_version_that_the_page_shows() {
    let analyst = Analyst::new().await;
    let origin = analyst.create("Counted", "select 1 as a").await;
    analyst.page(&origin).await;
    path_of(analyst.submit(&origin, &[("sql", "select 2 as a")]).await).await;
    let api = format!("/api/v1/clips{origin}");
    let ada = &analyst.server.administrator;
    let set = json!({"max_age": 300, "serve_stale": true, "show_sql": false});
    assert_eq!(ada.patch(&api, &set).await.status(), 200);
    assert_eq!(
        ada.request(reqwest::Method::PUT, &format!("{api}/pin"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );

    let shown = analyst.page(&format!("{origin}?version=1")).await;
    let result = shown.contains("name=\"version\" value=\"1\"") && shown.contains(BUTTON);
    assert!(result, "{shown}");
    let forked = analyst
        .submit(&format!("{origin}/fork"), &[("version", "1")])
        .await;
    let fork = path_of(forked).await;
    assert_ne!(fork, origin);
    let page = analyst.page(&fork).await;
    assert!(page.contains("Created. Anyone with this link"), "{page}");
    let again = analyst.page(&fork).await;
    assert!(!again.contains("id=\"created\""), "{again}");
    assert_eq!(query_field(&page), "select 1 as a");
    let from = format!(
        "forked from <a href=\"{origin}?version=1\" title=\"Counted, version 1\">Counted</a>"
    );
    assert!(page.contains(&from), "{page}");
    let (_, body) = status_and_body(ada.get(&format!("/api/v1/clips{fork}")).await).await;
    for (key, value) in [
        ("title", json!("Copy of Counted")),
        ("database", json!("data")),
        ("version", json!(1)),
        ("owner", json!("ann@example.com")),
        ("access", json!("anyone")),
        ("pinned", json!(false)),
        ("show_sql", json!(false)),
        ("max_age", json!(null)),
        ("serve_stale", json!(false)),
    ] {
        assert_eq!(body[key], value, "{key}: {body}");
    }
    let url = format!("{}{origin}", analyst.server.url);
    let slug = origin.trim_start_matches('/');
    assert_eq!(
        body["forked_from"],
        json!({"slug": slug, "version": 1, "url": url})
    );
    let trail = analyst.page(&format!("{origin}/history")).await;
    assert!(trail.contains("forked version 1"), "{trail}");
    let trail = analyst.page(&format!("{fork}/history")).await;
    assert!(trail.contains("created the clip"), "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_no_more_open_than_its_origin_and_than_any_new_clip() {
    let server = Server::start().await;
    let ada = &server.administrator;
    for (origin, default, fork) in [
        ("anyone", "anyone", "anyone"),
        ("authorized", "anyone", "authorized"),
        ("anyone", "authorized", "authorized"),
        ("authorized", "authorized", "authorized"),
    ] {
        let new = json!({"title": "New", "database": "data", "sql": "select 1", "access": origin});
        let (_, clip) = status_and_body(ada.post("/api/v1/clips", &new).await).await;
        let settings = json!({"default_access": default});
        assert_eq!(ada.patch("/api/v1/settings", &settings).await.status(), 200);
        let path = format!("/api/v1/clips/{}/fork", clip["slug"].as_str().unwrap());
        let (status, body) = status_and_body(ada.post(&path, &json!({"version": 1})).await).await;
        assert_eq!(
            (status, body["access"].as_str()),
            (201, Some(fork)),
            "{origin} {default}: {body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origin_is_shown_only_to_those_who_have_it_in_their_list() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    let gus = server.user("gus@example.com", Role::Guest).await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let origin = server.create_clip("select 1 as a").await;
    let forked = analyst
        .submit(&format!("{}/fork", path(&origin)), &[])
        .await;
    let fork = path_of(forked).await;
    let fork_api = format!("/api/v1/clips{fork}");
    let told_to = async |client: &Client| {
        let (status, body) = status_and_body(client.get(&fork_api).await).await;
        assert_eq!(status, 200, "{body}");
        let listed = status_and_body(client.get("/api/v1/clips").await).await.1;
        let listed = listed["clips"].as_array().unwrap();
        let listed = listed.iter().find(|clip| clip["slug"] == body["slug"]);
        if let Some(listed) = listed {
            assert_eq!(listed["forked_from"], body["forked_from"], "{body}");
        }
        let page = client.get(&fork).await.text().await.unwrap();
        assert_eq!(
            page.contains("forked from"),
            body["forked_from"].is_object(),
            "{page}"
        );
        assert_eq!(
            page.contains(&origin.slug),
            body["forked_from"].is_object(),
            "{page}"
        );
        body["forked_from"].is_object()
    };
    assert!(told_to(&mia).await && told_to(&server.administrator).await);
    assert!(!told_to(&gus).await);
    let page = server.anonymous().get(&fork).await.text().await.unwrap();
    assert!(
        !page.contains("forked from") && !page.contains(&origin.slug),
        "{page}"
    );

    let store = server.app.store.client().await.unwrap();
    let protect = "update clips set anyone = false where slug = $1";
    store.execute(protect, &[&origin.slug]).await.unwrap();
    assert!(!told_to(&mia).await && told_to(&server.administrator).await);
    let origin_api = format!("/api/v1/clips/{}", origin.slug);
    assert_eq!(server.administrator.delete(&origin_api).await.status(), 204);
    assert!(!told_to(&server.administrator).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_name_leaves_room_for_the_word_copy_and_a_program_keeps_the_name() {
    let analyst = Analyst::new().await;
    let title = "ö".repeat(200);
    let clip = analyst.create(&title, "select 1 as a").await;
    let forked = analyst.submit(&format!("{clip}/fork"), &[]).await;
    let page = analyst.page(&path_of(forked).await).await;
    let copy = format!("<h1>Copy of {}</h1>", "ö".repeat(192));
    assert!(page.contains(&copy), "{page}");
    let api = format!("/api/v1/clips{clip}/fork");
    let forked = analyst.server.administrator.post(&api, &json!({})).await;
    let (status, body) = status_and_body(forked).await;
    assert_eq!((status, &body["title"]), (201, &json!(title)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_not_forked() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Gone", "select 1 as a").await;
    let fork = format!("{path}/fork");
    let ada = &analyst.server.administrator;
    let back = analyst.browser.get(&fork).await;
    assert_eq!(path_of(back).await, path);
    assert_eq!(
        analyst.submit(&fork, &[("version", "2")]).await.status(),
        404
    );
    assert_eq!(
        ada.delete("/api/v1/databases/data?force=1").await.status(),
        204
    );
    let (status, page) = seen(analyst.submit(&fork, &[]).await).await;
    assert_eq!(status, 409, "{page}");
    let (_, page) = seen(analyst.browser.get(&path).await).await;
    assert!(!page.contains(BUTTON), "{page}");
    path_of(analyst.submit(&format!("{path}/removal"), &[]).await).await;
    assert_eq!(analyst.submit(&fork, &[]).await.status(), 410);
}
