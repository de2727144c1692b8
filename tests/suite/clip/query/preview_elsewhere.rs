//! A preview at one server, on which somebody goes on at others.

use dataclips::model::{Notice, Role};
use serde_json::json;
use tokio::sync::broadcast::Receiver;

use super::held;
use crate::clip::*;
use crate::support::status_and_body;

const SQL: &str = "select n, n + 1000 as more from generate_series(1, 250) n";

/// Somebody with a browser that may come to any of three servers.
struct Balanced {
    servers: [Server; 3],
    browsers: [Client; 3],
}

impl Balanced {
    async fn new() -> Self {
        let first = Server::start().await;
        let servers = [first.beside().await, first.beside().await, first];
        servers[0].user("ann@example.com", Role::Member).await;
        let browsers = [
            servers[0].signed_in("ann@example.com").await,
            servers[1].signed_in("ann@example.com").await,
            servers[2].signed_in("ann@example.com").await,
        ];
        Self { servers, browsers }
    }

    /// Runs a preview of a new clip at the first server; returns the address of its rows.
    async fn preview(&self) -> String {
        let typed = [("title", "Typed"), ("database", "data"), ("sql", SQL)];
        let (status, page) = seen(self.browsers[0].submit("/clips/preview", &typed).await).await;
        assert_eq!(status, 200, "{page}");
        held(&page)
    }

    async fn stored(&self) -> i64 {
        let store = self.servers[0].app.store.client().await.unwrap();
        let sql = "select count(*) from previews";
        store.query_one(sql, &[]).await.unwrap().get(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_goes_on_at_every_server() {
    let balanced = Balanced::new().await;
    let window = balanced.preview().await;
    let rows = window.replace("/rows", "");
    assert_eq!(balanced.stored().await, 0, "nobody has asked for it yet");
    for browser in balanced.browsers.iter().rev() {
        let sorted = format!("{window}?filter=125&sort=-n&limit=2");
        let (status, body) = status_and_body(browser.get(&sorted).await).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["values"], json!([[250, 1250], [125, 1125]]));
        assert_eq!(body["matching"], 2);
        let columns = window.replace("/rows", "/columns?columns=1");
        let (_, body) = status_and_body(browser.get(&columns).await).await;
        assert_eq!(body["columns"][0].as_array().unwrap().len(), 250);
        for (options, shown) in [
            ("?sort=-1", "250</td>"),
            ("?page=3", "201</td>"),
            ("?chart=1", "data-chart-script"),
        ] {
            let (status, page) = seen(browser.get(&format!("{rows}{options}")).await).await;
            assert!(status == 200 && page.contains(shown), "{options}: {page}");
            assert!(page.contains("value=\"Typed\""), "{options}: {page}");
            assert_eq!(query_field(&page), SQL);
        }
    }
    assert_eq!(balanced.stored().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_query_stays_beside_its_preview_at_every_server() {
    let balanced = Balanced::new().await;
    let created = [
        ("title", "Counted"),
        ("database", "data"),
        ("sql", "select 1"),
    ];
    let clip = path_of(balanced.browsers[1].submit("/clips", &created).await).await;
    let typed = [("sql", SQL), ("base", "1"), ("note", "More <rows>")];
    let form = format!("{clip}/preview");
    let (_, page) = seen(balanced.browsers[0].submit(&form, &typed).await).await;
    let rows = held(&page).replace("/rows", "?sort=-1");
    let (status, page) = seen(balanced.browsers[1].get(&rows).await).await;
    assert_eq!(status, 200, "{page}");
    for words in [
        "250</td>",
        "More &#60;rows&#62;",
        &format!("action=\"{clip}\""),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(query_field(&page), SQL);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_sees_a_preview_at_another_server() {
    let balanced = Balanced::new().await;
    let window = balanced.preview().await;
    let other = &balanced.servers[1];
    other.user("bob@example.com", Role::Administrator).await;
    let bob = other.signed_in("bob@example.com").await;
    assert_eq!(bob.get(&window).await.status(), 404);
    assert_eq!(other.anonymous().get(&window).await.status(), 401);
    assert_eq!(balanced.stored().await, 0);
    // Nor once it is in the store, and held there for whoever ran it.
    assert_eq!(balanced.browsers[1].get(&window).await.status(), 200);
    assert_eq!(bob.get(&window).await.status(), 404);
    let third = balanced.servers[2].signed_in("bob@example.com").await;
    assert_eq!(third.get(&window).await.status(), 404);
    let change = json!({"open_to": "administrators"});
    let administrator = &balanced.servers[0].administrator;
    let changed = administrator.patch("/api/v1/databases/data", &change).await;
    assert_eq!(changed.status(), 200);
    for browser in &balanced.browsers {
        assert_eq!(browser.get(&window).await.status(), 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_no_server_holds_can_be_run_again() {
    let balanced = Balanced::new().await;
    let window = balanced.preview().await;
    // Four previews later it has made room.
    for _ in 0..4 {
        balanced.preview().await;
    }
    let (status, body) = status_and_body(balanced.browsers[1].get(&window).await).await;
    assert_eq!(status, 404);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("run it again"), "{message}");
    let page = window.replace("/rows", "");
    let (status, page) = seen(balanced.browsers[1].get(&page).await).await;
    assert!(status == 404 && page.contains("run it again"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_outlives_its_server_once_it_is_in_the_store() {
    let balanced = Balanced::new().await;
    let window = balanced.preview().await;
    assert_eq!(balanced.browsers[1].get(&window).await.status(), 200);
    for _ in 0..4 {
        balanced.preview().await;
    }
    assert_eq!(balanced.browsers[2].get(&window).await.status(), 200);
    // Half an hour later it is not.
    let store = balanced.servers[0].app.store.client().await.unwrap();
    let age = "update previews set stored_at = stored_at - interval '31 minutes'";
    store.execute(age, &[]).await.unwrap();
    balanced.servers[0].app.tidy().await;
    assert_eq!(balanced.stored().await, 0);
    let pages = "select count(*) from preview_pages";
    let pages: i64 = store.query_one(pages, &[]).await.unwrap().get(0);
    assert_eq!(pages, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_previews_in_the_store_stay_within_its_limit() {
    let balanced = Balanced::new().await;
    for _ in 0..3 {
        let window = balanced.preview().await;
        assert_eq!(balanced.browsers[1].get(&window).await.status(), 200);
    }
    let store = balanced.servers[0].app.store.client().await.unwrap();
    let grow = "update previews set bytes = 100 << 20";
    store.execute(grow, &[]).await.unwrap();
    let newest = "select array_agg(stored_at order by stored_at desc) from previews";
    let before: Vec<std::time::SystemTime> = store.query_one(newest, &[]).await.unwrap().get(0);
    balanced.servers[0].app.tidy().await;
    let after: Vec<std::time::SystemTime> = store.query_one(newest, &[]).await.unwrap().get(0);
    assert_eq!(after, before[..2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_asked_for_without_its_id_and_by_no_server_that_is_alone() {
    let server = Server::start().await;
    let id = "a".repeat(28);
    let window = format!("/previews/{id}/rows");
    let mut notices = server.app.servers.notices();
    assert_eq!(server.administrator.get(&window).await.status(), 404);
    assert!(asked(&mut notices).is_none());
    let other = server.beside().await;
    assert_eq!(other.administrator.get(&window).await.status(), 404);
    let notice = asked(&mut notices).expect("a question");
    assert!(!format!("{notice:?}").contains(&id));
}

fn asked(notices: &mut Receiver<Notice>) -> Option<Notice> {
    std::iter::from_fn(|| notices.try_recv().ok())
        .find(|notice| matches!(notice, Notice::PreviewAsked { .. }))
}
