//! Who sees the query: field × role, where its owner shows it and where the owner hides it.

use dataclips::model::Role;
use serde_json::json;

use crate::support::{Client, Clip, Server, Workbook, status_and_body};

/// Addresses at which a query, or a message that quotes it, can be read: `needle` appears nowhere else.
const FIELDS: [&str; 13] = [
    "/{slug}",
    "/{slug}?version=1",
    "/{slug}/history?kind=query",
    "/{slug}/history?kind=data",
    "/{slug}/share",
    "/{slug}/embed",
    "/{slug}.json",
    "/{slug}.sql",
    "/{slug}/rows",
    "/api/v1/clips/{slug}",
    "/api/v1/clips/{slug}/versions",
    "/api/v1/clips/{slug}/results",
    "/api/v1/clips?search=needle",
];

struct Viewer {
    client: Client,
    is_signed_in: bool,
    is_listed: bool,
    /// Whether this visitor sees a hidden query.
    edits: bool,
}

impl Viewer {
    /// Whether this visitor sees the query in this field.
    fn sees(&self, field: &str, shows: bool) -> bool {
        let sees = shows || self.edits;
        match field {
            "/{slug}/share" | "/{slug}/rows" => false,
            // The same for everybody.
            "/{slug}/embed" => shows,
            "/api/v1/clips?search=needle" => sees && self.is_listed,
            field if field.starts_with("/api/") => sees && self.is_signed_in,
            _ => sees,
        }
    }
}

async fn viewers(server: &Server, owner: &Client) -> Vec<(&'static str, Viewer)> {
    let viewer = |client: Client, is_listed: bool, edits: bool| Viewer {
        is_signed_in: !client.token().is_empty(),
        client,
        is_listed,
        edits,
    };
    vec![
        ("nobody", viewer(server.anonymous(), false, false)),
        (
            "guest",
            viewer(
                server.user("gus@example.com", Role::Guest).await,
                false,
                false,
            ),
        ),
        (
            "guest granted",
            viewer(
                server.user("gil@example.com", Role::Guest).await,
                true,
                false,
            ),
        ),
        (
            "member",
            viewer(
                server.user("mia@example.com", Role::Member).await,
                true,
                false,
            ),
        ),
        (
            "editor",
            viewer(
                server.user("eda@example.com", Role::Guest).await,
                true,
                true,
            ),
        ),
        ("owner", viewer(owner.clone(), true, true)),
        (
            "administrator",
            viewer(server.administrator.clone(), true, true),
        ),
    ]
}

/// A clip whose query fails in words that name a part of it, and whose first version did too.
async fn failing(owner: &Client) -> Clip {
    let clip = owner.create_clip("select needle_one from pg_class").await;
    let api = format!("/api/v1/clips/{}", clip.slug);
    let changed = owner
        .patch(&api, &json!({"sql": "select needle_two from pg_class"}))
        .await;
    assert_eq!(changed.status(), 200);
    let grants = json!({"grants": [
        {"to": "gil@example.com", "may": "see"},
        {"to": "eda@example.com", "may": "edit"},
    ]});
    assert_eq!(
        owner.put(&format!("{api}/access"), &grants).await.status(),
        200
    );
    clip
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_shows_the_query_to_those_who_may_not_see_it() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let viewers = viewers(&server, &owner).await;
    let clip = failing(&owner).await;
    for shows in [true, false] {
        let api = format!("/api/v1/clips/{}", clip.slug);
        let changed = owner.patch(&api, &json!({"show_sql": shows})).await;
        assert_eq!(changed.status(), 200);
        for (who, viewer) in &viewers {
            for field in FIELDS {
                let path = field.replace("{slug}", &clip.slug);
                let text = viewer.client.get(&path).await.text().await.unwrap();
                let sees = viewer.sees(field, shows);
                assert_eq!(
                    text.contains("needle_"),
                    sees,
                    "{who} {field} shows: {shows}: {text}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbook_shows_the_query_to_everybody_or_to_nobody() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let clip = owner.create_clip("select 'needle' as hay").await;
    for shows in [true, false] {
        let api = format!("/api/v1/clips/{}", clip.slug);
        let changed = owner.patch(&api, &json!({"show_sql": shows})).await;
        assert_eq!(changed.status(), 200);
        let mut files = Vec::new();
        for client in [&server.anonymous(), &owner, &server.administrator] {
            let file = client.get(&format!("/{}.xlsx", clip.slug)).await;
            let bytes = file.bytes().await.unwrap();
            let about = Workbook::open(&bytes).cells(2);
            let tells = about.values().any(|text| text.contains("as hay"));
            assert_eq!(tells, shows, "{about:?}");
            files.push(bytes);
        }
        assert!(files.iter().all(|bytes| *bytes == files[0]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hiding_the_query_changes_no_rows() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'needle' as hay").await;
    let api = format!("/api/v1/clips/{}", clip.slug);
    let changed = server
        .administrator
        .patch(&api, &json!({"show_sql": false}))
        .await;
    let (status, body) = status_and_body(changed).await;
    assert_eq!((status, &body["show_sql"]), (200, &json!(false)));
    let rows = server.rows(&clip, "csv").await;
    assert_eq!(rows.text().await.unwrap(), "hay\nneedle\n");
}
