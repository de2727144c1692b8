//! The list of clips.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::clip::*;
use crate::support::status_and_body;

#[tokio::test(flavor = "multi_thread")]
async fn the_clip_that_changed_last_comes_first() {
    let analyst = Analyst::new().await;
    let old = analyst.create("Oldest", "select 1 as a").await;
    analyst.create("Middle", "select 1 as a").await;
    path_of(analyst.submit(&old, &[("sql", "select 2 as a")]).await).await;
    let page = analyst.page("/").await;
    assert!(page.find("Oldest") < page.find("Middle"), "{page}");
    assert!(page.contains("just now"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_are_found_by_name_query_database_and_owner() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    server.add_database("other", &server.data_url()).await;
    analyst.create("Orders by day", "select 1 as apples").await;
    analyst.create("100%_sure", "select 2 as pears").await;
    server
        .administrator
        .create_clip_on("other", "select 3 as cherries")
        .await;
    for (query, found) in [
        ("", vec!["Orders by day", "100%_sure", "A test"]),
        ("search=orders", vec!["Orders by day"]),
        ("search=PEARS", vec!["100%_sure"]),
        ("search=%25_", vec!["100%_sure"]),
        ("search=nothing", vec![]),
        ("database=other", vec!["A test"]),
        (
            "owner=ann%40example.com",
            vec!["Orders by day", "100%_sure"],
        ),
        (
            "owner=ann%40example.com&search=apples",
            vec!["Orders by day"],
        ),
    ] {
        let page = analyst.page(&format!("/?{query}")).await;
        for title in ["Orders by day", "100%_sure", "A test"] {
            let is_there = page.contains(&format!(">{title}</a>"));
            assert_eq!(is_there, found.contains(&title), "{query}: {title}: {page}");
        }
        assert_eq!(
            page.contains("No clip matches"),
            found.is_empty(),
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_clip_is_found_by_a_query_that_one_may_not_see() {
    let analyst = Analyst::new().await;
    let clip = analyst.server.create_clip("select 1 as apples").await;
    let hidden = serde_json::json!({"show_sql": false});
    let api = format!("/api/v1/clips/{}", clip.slug);
    analyst.server.administrator.patch(&api, &hidden).await;
    let page = analyst.page("/?search=apples").await;
    assert!(page.contains("No clip matches"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages_that_miss_nothing() {
    let analyst = Analyst::new().await;
    analyst.create("First", "select 1 as a").await;
    let store = analyst.server.app.store.client().await.unwrap();
    // Many of them in one moment.
    let sql = "with made as (
                   insert into clips (slug, title, owner_id, anyone)
                   select translate(md5(n::text || 'a'), '0123456789', 'ghijklmnop')::char(28), 'Clip number ' || n || '.', owner_id, anyone
                   from clips, generate_series(1, 120) n
                   returning id
               )
               insert into versions (clip_id, number, sql, database_id)
               select made.id, 1, 'select 1', database_id from made, versions";
    store.execute(sql, &[]).await.unwrap();
    let mut address = "/?search=clip+number".to_owned();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = analyst.page(&address).await;
        let titles = page.split(">Clip number ").skip(1);
        seen.extend(titles.map(|title| title.split_once('.').unwrap().0.parse::<i32>().unwrap()));
        let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else {
            break;
        };
        address = next.split_once('"').unwrap().0.replace("&#38;", "&");
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=120).collect::<Vec<_>>());
}

/// The oldest is beyond those that are looked at one by one.
#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_found_however_many_are_newer() {
    let analyst = Analyst::new().await;
    let sql = "select 'Größe 100%_ sure \\ Москва 東京' as needle";
    analyst.create("Oldest", sql).await;
    let store = analyst.server.app.store.client().await.unwrap();
    let sql = "with made as (
                   insert into clips (slug, title, owner_id, anyone)
                   select translate(md5(n::text || 'a'), '0123456789', 'ghijklmnop')::char(28), 'Newer', owner_id, anyone
                   from clips, generate_series(1, 1100) n
                   returning id
               )
               insert into versions (clip_id, number, sql, database_id)
               select made.id, 1, 'select 1', database_id from made, versions";
    store.execute(sql, &[]).await.unwrap();
    for (search, is_found) in [
        ("NEEDLE", true),
        ("needle", true),
        ("oldest", true),
        ("ee", true),
        ("q", false),
        ("qq", false),
        ("ö", true),
        ("größe 100%_ SURE \\", true),
        ("100%sure", false),
        ("Москва", true),
        ("京", true),
        ("京京", false),
        ("needles", false),
    ] {
        assert_eq!(found(&analyst, search).await, [is_found; 2], "{search}");
    }
    let sql = "insert into versions (clip_id, number, sql, database_id)
               select clip_id, 2, 'select 2 as straw', database_id from versions where sql like '%needle%'";
    store.execute(sql, &[]).await.unwrap();
    assert_eq!(found(&analyst, "needle").await, [false; 2]);
    assert_eq!(found(&analyst, "straw").await, [true; 2]);
}

/// Whether the page, and the API, find the oldest.
async fn found(analyst: &Analyst, search: &str) -> [bool; 2] {
    let search = utf8_percent_encode(search, NON_ALPHANUMERIC);
    let page = analyst.page(&format!("/?search={search}")).await;
    let administrator = &analyst.server.administrator;
    let api = format!("/api/v1/clips?search={search}");
    let (_, body) = status_and_body(administrator.get(&api).await).await;
    let mut clips = body["clips"].as_array().unwrap().iter();
    [
        page.contains(">Oldest</a>"),
        clips.any(|clip| clip["title"] == "Oldest"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_says_how_to_begin() {
    let analyst = Analyst::new().await;
    let page = analyst.page("/").await;
    assert!(page.contains("Create your first clip"), "{page}");
    let front = analyst
        .server
        .anonymous()
        .get("/")
        .await
        .text()
        .await
        .unwrap();
    assert!(front.contains("A SQL query becomes a link"), "{front}");
    assert_eq!(
        analyst
            .server
            .anonymous()
            .get("/clips/removed")
            .await
            .status(),
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_offered_nothing_that_they_may_not_do() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    server
        .user("gus@example.com", dataclips::model::Role::Guest)
        .await;
    analyst.create("Not shared", "select 1 as a").await;
    let guest = server.signed_in("gus@example.com").await;
    let page = guest.get("/").await.text().await.unwrap();
    assert!(
        page.contains("Nothing has been shared with you yet"),
        "{page}"
    );
    for offer in ["New clip", "/databases", "Not shared"] {
        assert!(!page.contains(offer), "{offer}: {page}");
    }
    let typed = [("title", "A"), ("database", "data"), ("sql", "select 1")];
    assert_eq!(guest.submit("/clips", &typed).await.status(), 422);
}
