//! Clips are found by their tags and descriptions.

use dataclips::model::Role;
use serde_json::json;

use crate::clip::*;
use crate::support::status_and_body;

/// Titles in the list that the API finds for the administrator.
async fn titles(analyst: &Analyst, query: &str) -> Vec<String> {
    let api = format!("/api/v1/clips{query}");
    let (_, body) = status_and_body(analyst.server.administrator.get(&api).await).await;
    let clips = body["clips"].as_array().unwrap().iter();
    clips
        .map(|clip| clip["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn furnished() -> Analyst {
    let analyst = Analyst::new().await;
    for (title, description, tags) in [
        (
            "Orders",
            "Everything that was *paid*",
            vec!["Sales", "emea"],
        ),
        ("Staff", "", vec!["people"]),
        ("Plain", "", vec![]),
    ] {
        let clip = analyst.create(title, "select 1 as a").await;
        let changes = json!({"description": description, "tags": tags});
        let api = format!("/api/v1/clips{clip}");
        let changed = analyst.server.administrator.patch(&api, &changes).await;
        assert_eq!(changed.status(), 200);
    }
    analyst
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_are_found_by_tag_and_description() {
    let analyst = furnished().await;
    for (query, found) in [
        ("tag=sales", &["Orders"][..]),
        ("tag=SALES", &["Orders"]),
        ("tag=sale", &[]),
        ("tag=people&search=staff", &["Staff"]),
        ("tag=people&search=orders", &[]),
        ("search=PAID", &["Orders"]),
        ("search=emea", &["Orders"]),
        ("search=eop", &["Staff"]),
        ("tag=", &["Plain", "Staff", "Orders"]),
    ] {
        assert_eq!(
            titles(&analyst, &format!("?{query}")).await,
            found,
            "{query}"
        );
        let page = analyst.page(&format!("/?{query}")).await;
        for title in ["Orders", "Staff", "Plain"] {
            let is_there = page.contains(&format!(">{title}</a>"));
            assert_eq!(is_there, found.contains(&title), "{query}: {title}: {page}");
        }
    }
}

/// They are beyond the clips that are looked at one by one.
#[tokio::test(flavor = "multi_thread")]
async fn tags_and_descriptions_are_found_however_many_clips_are_newer() {
    let analyst = furnished().await;
    let store = analyst.server.app.store.client().await.unwrap();
    let sql = "with made as (
                   insert into clips (slug, title, owner_id, anyone)
                   select translate(md5(n::text || 'a'), '0123456789', 'ghijklmnop')::char(28), 'Newer', min(owner_id), true
                   from clips, generate_series(1, 1100) n
                   group by n
                   returning id
               )
               insert into versions (clip_id, number, sql, database_id)
               select made.id, 1, 'select 1', min(database_id) from made, versions group by made.id";
    store.execute(sql, &[]).await.unwrap();
    for (query, found) in [
        ("?search=paid", &["Orders"][..]),
        ("?search=emea", &["Orders"]),
        ("?tag=people", &["Staff"]),
    ] {
        assert_eq!(titles(&analyst, query).await, found, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tags_of_ones_own_list_are_offered() {
    let analyst = furnished().await;
    let page = analyst.page("/").await;
    assert!(page.contains("<option>emea</option>"), "{page}");
    analyst
        .server
        .user("gus@example.com", dataclips::model::Role::Guest)
        .await;
    let guest = analyst.server.signed_in("gus@example.com").await;
    let page = guest.get("/").await.text().await.unwrap();
    assert!(
        !page.contains("emea") && !page.contains("id=\"tag\""),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_find_a_clip_by_its_number() {
    let analyst = furnished().await;
    for (query, found) in [
        ("search=%232", &["Staff"][..]),
        ("search=%232&tag=sales", &[]),
        ("search=%23999", &[]),
        ("search=%23two", &[]),
    ] {
        assert_eq!(
            titles(&analyst, &format!("?{query}")).await,
            found,
            "{query}"
        );
    }
    let mia = analyst.server.user("mia@example.com", Role::Member).await;
    let (_, body) = status_and_body(mia.get("/api/v1/clips?search=%232").await).await;
    assert_eq!(body["clips"], json!([]));
}
