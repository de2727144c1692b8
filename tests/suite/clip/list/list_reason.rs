//! The reasons why a clip is in a person's list: each counts, none twice, however many clips there are.

use dataclips::model::Role;
use serde_json::json;

use crate::support::{Client, Server, status_and_body};

/// Adds open clips of this owner on this database, all changed in one moment.
async fn add(server: &Server, owner: &str, database: &str, title: &str, count: i32) {
    let store = server.app.store.client().await.unwrap();
    let sql = "with made as (
                   insert into clips (slug, title, owner_id, anyone, updated_at)
                   select translate(md5($3 || n), '0123456789', 'ghijklmnop')::char(28), $3 || ' ' || n, users.id, true, '2026-01-01'
                   from users, generate_series(1, $4) n
                   where email = $1
                   returning id
               )
               insert into versions (clip_id, number, sql, database_id)
               select made.id, 1, 'select 1 as apples', databases.id from made, databases where name = $2";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&owner, &database, &title, &count];
    store.execute(sql, &parameters).await.unwrap();
}

async fn grant(server: &Server, to: &str, title: &str) {
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into clip_grants (clip_id, grantee, may)
               select id, $1, 'see' from clips where title like $2 || ' %'";
    store.execute(sql, &[&to, &title]).await.unwrap();
}

/// Titles in the whole list, page by page, as the API orders it.
async fn titles(client: &Client, query: &str) -> Vec<String> {
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/clips?limit=7{query}{cursor}");
        let (status, body) = status_and_body(client.get(&path).await).await;
        assert_eq!(status, 200, "{path}: {body}");
        let clips = body["clips"].as_array().unwrap().iter();
        titles.extend(clips.map(|clip| clip["title"].as_str().unwrap().to_owned()));
        match body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return titles,
        }
    }
}

/// The same as the page orders it.
async fn titles_of_pages(client: &Client, query: &str) -> Vec<String> {
    let (mut titles, mut path) = (Vec::new(), format!("/?{query}"));
    loop {
        let page = client.get(&path).await.text().await.unwrap();
        let links = page.split("<a class=\"title\" href=\"").skip(1);
        titles.extend(links.map(|link| {
            let (_, link) = link.split_once('>').unwrap();
            link.split_once('<').unwrap().0.to_owned()
        }));
        let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else {
            return titles;
        };
        path = next.split_once('"').unwrap().0.replace("&#38;", "&");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_is_in_a_list_for_many_reasons_is_there_once() {
    let server = Server::start().await;
    let closed = json!({"name": "closed", "url": server.data_url()});
    let added = server.administrator.post("/api/v1/databases", &closed);
    assert_eq!(added.await.status(), 201);
    let mia = server.user("mia@example.com", Role::Member).await;
    server.user("max@example.com", Role::Member).await;
    let (mia_s, max_s) = ("mia@example.com", "max@example.com");
    add(&server, mia_s, "data", "own", 25).await;
    add(&server, max_s, "data", "open", 25).await;
    add(&server, max_s, "closed", "granted", 25).await;
    add(&server, max_s, "closed", "both", 25).await;
    add(&server, max_s, "closed", "hidden", 25).await;
    for (to, title) in [
        (mia_s, "own"),
        ("@example.com", "own"),
        (mia_s, "open"),
        (mia_s, "granted"),
        (mia_s, "both"),
        ("@example.com", "both"),
        ("@example.org", "hidden"),
    ] {
        grant(&server, to, title).await;
    }
    let browser = server.signed_in(mia_s).await;
    for (query, expected) in [
        ("", &["own", "open", "granted", "both"][..]),
        ("&search=apples", &["own", "open", "granted", "both"]),
        ("&search=open", &["open"]),
        ("&database=closed", &["granted", "both"]),
        ("&owner=mia@example.com", &["own"]),
        ("&owner=max@example.com&database=data", &["open"]),
    ] {
        for found in [
            titles(&mia, query).await,
            titles_of_pages(&browser, query).await,
        ] {
            let expected: Vec<String> = expected
                .iter()
                .rev()
                .flat_map(|title| (1..=25).rev().map(move |n| format!("{title} {n}")))
                .collect();
            assert_eq!(found, expected, "{query}");
        }
    }
}

/// More than are looked up one by one.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_thousands_of_grants_finds_the_oldest() {
    let server = Server::start().await;
    let ada = "ada@example.com";
    let gus = server.user("gus@example.org", Role::Guest).await;
    add(&server, ada, "data", "oldest", 1).await;
    add(&server, ada, "data", "granted", 5_100).await;
    add(&server, ada, "data", "hidden", 3).await;
    grant(&server, "@example.org", "oldest").await;
    grant(&server, "@example.org", "granted").await;
    let (_, body) = status_and_body(gus.get("/api/v1/clips?limit=2").await).await;
    let clips = body["clips"].as_array().unwrap();
    assert_eq!(clips.len(), 2);
    for clip in clips {
        assert!(clip["title"].as_str().unwrap().starts_with("granted"));
    }
    assert_eq!(titles(&gus, "&search=oldest").await, ["oldest 1"]);
    assert_eq!(titles(&gus, "&search=hidden").await, [""; 0]);
    let page = server.signed_in("gus@example.org").await.get("/").await;
    assert!(page.text().await.unwrap().contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_listed_on_the_database_of_its_newest_version() {
    let server = Server::start().await;
    server.add_database("other", &server.data_url()).await;
    let ada = &server.administrator;
    let one = ada.create_clip("select 1").await;
    ada.create_clip("select 2").await;
    let path = format!("/api/v1/clips/{}", one.slug);
    for (database, on_data, on_other) in [("other", 1, 1), ("data", 2, 0), ("other", 1, 1)] {
        let moved = ada.patch(&path, &json!({"database": database})).await;
        assert_eq!(moved.status(), 200);
        assert_eq!(titles(ada, "&database=data").await.len(), on_data);
        assert_eq!(titles(ada, "&database=other").await.len(), on_other);
    }
    let to = json!({"to": "data"});
    let moved = ada.post("/api/v1/databases/other/move", &to).await;
    assert!(moved.status().is_success(), "{}", moved.status());
    assert_eq!(titles(ada, "&database=data").await.len(), 2);
    assert_eq!(titles(ada, "&database=other").await, [""; 0]);
}
