//! The list of clips: who finds what, and page by page.

use dataclips::model::Role;
use serde_json::{Value, json};

use crate::support::{Client, Server, status_and_body};

/// Titles in the list that this client gets, in order.
async fn titles(client: &Client, query: &str) -> Vec<String> {
    let (status, body) = status_and_body(client.get(&format!("/api/v1/clips{query}")).await).await;
    assert_eq!(status, 200, "{query}: {body}");
    let clips = body["clips"].as_array().unwrap();
    clips
        .iter()
        .map(|clip| clip["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn create(client: &Client, title: &str, database: &str, sql: &str) -> Value {
    let new = json!({"title": title, "database": database, "sql": sql});
    let (status, body) = status_and_body(client.post("/api/v1/clips", &new).await).await;
    assert_eq!(status, 201, "{body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_finds_what_is_theirs_and_what_their_databases_open_to_them() {
    let server = Server::start().await;
    let named = json!({"name": "named", "url": server.data_url(), "open_to": ["mia@example.com"]});
    let closed = json!({"name": "closed", "url": server.data_url()});
    let mia = server.user("mia@example.com", Role::Member).await;
    let max = server.user("max@example.com", Role::Member).await;
    let gus = server.user("gus@example.com", Role::Guest).await;
    for database in [&named, &closed] {
        assert_eq!(
            server
                .administrator
                .post("/api/v1/databases", database)
                .await
                .status(),
            201
        );
    }
    let ada = &server.administrator;
    create(ada, "on data", "data", "select 1").await;
    create(ada, "on named", "named", "select 1").await;
    create(ada, "on closed", "closed", "select 1").await;
    create(&mia, "mia's", "named", "select 1").await;
    let protected = create(&mia, "mia's protected", "data", "select 1").await;
    let removed = create(&mia, "mia's removed", "data", "select 1").await;
    let removal = mia
        .delete(&format!(
            "/api/v1/clips/{}",
            removed["slug"].as_str().unwrap()
        ))
        .await;
    assert_eq!(removal.status(), 204);
    let sql = "update clips set anyone = false where slug = $1";
    let store = server.app.store.client().await.unwrap();
    store
        .execute(sql, &[&protected["slug"].as_str().unwrap()])
        .await
        .unwrap();

    let all = [
        "mia's protected",
        "mia's",
        "on closed",
        "on named",
        "on data",
    ];
    assert_eq!(titles(ada, "").await, all);
    assert_eq!(
        titles(&mia, "").await,
        ["mia's protected", "mia's", "on named", "on data"]
    );
    assert_eq!(titles(&max, "").await, ["on data"]);
    assert_eq!(titles(&gus, "").await, [""; 0]);
    assert_eq!(
        titles(ada, "?owner=MIA@example.com").await,
        ["mia's protected", "mia's"]
    );
    assert_eq!(titles(ada, "?database=named").await, ["mia's", "on named"]);
    assert_eq!(
        titles(ada, "?database=named&owner=ada@example.com").await,
        ["on named"]
    );
    assert_eq!(titles(ada, "?database=nothing").await, [""; 0]);

    // A clip whose owner lost its database is still the owner's, and no longer the other's.
    let close = json!({"open_to": "administrators"});
    assert_eq!(
        ada.patch("/api/v1/databases/named", &close).await.status(),
        200
    );
    assert_eq!(
        titles(&mia, "").await,
        ["mia's protected", "mia's", "on data"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn search_looks_into_titles_and_into_queries_that_may_be_seen() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let mia = server.user("mia@example.com", Role::Member).await;
    create(ada, "Orders 100%_done", "data", "select 1").await;
    create(ada, "Shown", "data", "select 'needle\\stack'").await;
    let hidden = create(ada, "Hidden", "data", "select 'NEEDLE'").await;
    let path = format!("/api/v1/clips/{}", hidden["slug"].as_str().unwrap());
    ada.patch(&path, &json!({"show_sql": false})).await;
    for (client, search, found) in [
        (ada, "needle", &["Hidden", "Shown"][..]),
        (&mia, "needle", &["Shown"]),
        (&mia, "hidden", &["Hidden"]),
        (&mia, "100%25_D", &["Orders 100%_done"]),
        (&mia, "0%25d", &[]),
        (&mia, "100_", &[]),
        (&mia, "e%5Cs", &["Shown"]),
        (&mia, "%5C%5C", &[]),
        (&mia, "", &["Hidden", "Shown", "Orders 100%_done"]),
    ] {
        assert_eq!(
            titles(client, &format!("?search={search}")).await,
            found,
            "{search}"
        );
    }
    // An old version is not searched.
    create(ada, "Changed", "data", "select 'was here'").await;
    let (_, list) = status_and_body(ada.get("/api/v1/clips?search=was+here").await).await;
    let path = format!(
        "/api/v1/clips/{}",
        list["clips"][0]["slug"].as_str().unwrap()
    );
    ada.patch(&path, &json!({"sql": "select 2"})).await;
    assert_eq!(titles(ada, "?search=was+here").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_clip_is_repeated_or_missed_from_page_to_page() {
    let server = Server::start().await;
    for number in 0..7 {
        create(
            &server.administrator,
            &format!("clip {number}"),
            "data",
            "select 1",
        )
        .await;
    }
    for limit in [1, 3, 7, 8] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/clips?limit={limit}{cursor}");
            let (status, body) = status_and_body(server.administrator.get(&path).await).await;
            assert_eq!(status, 200, "{body}");
            let page = body["clips"].as_array().unwrap();
            assert!(page.len() <= limit);
            seen.extend(
                page.iter()
                    .map(|clip| clip["title"].as_str().unwrap().to_owned()),
            );
            if seen.len() == limit {
                // Clips that come and go meanwhile change nothing about the others.
                let new = create(&server.administrator, "new", "data", "select 1").await;
                let path = format!("/api/v1/clips/{}", new["slug"].as_str().unwrap());
                server.administrator.delete(&path).await;
            }
            let Some(next) = body["next"].as_str() else {
                assert!(body["next"].is_null());
                break;
            };
            cursor = format!("&cursor={next}");
        }
        let expected: Vec<_> = (0..7)
            .rev()
            .map(|number| format!("clip {number}"))
            .collect();
        assert_eq!(seen, expected, "{limit}");
    }
}
