//! Notes on versions.

use dataclips::model::Role;
use serde_json::json;

use crate::clip::*;
use crate::support::status_and_body;

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_written_with_a_change_and_edited_later() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Counted", "select 1 as a").await;
    let typed = [("sql", "select 2 as a"), ("note", " Without <refunds> ")];
    path_of(analyst.submit(&path, &typed).await).await;
    let versions = format!("{path}/history?kind=query");
    let page = analyst.page(&versions).await;
    assert!(page.contains("Without &#60;refunds&#62;</p>"), "{page}");
    let edited = [("note", "From the start")];
    let note = format!("{path}/versions/1/note");
    assert_eq!(
        path_of(analyst.submit(&note, &edited).await).await,
        versions
    );
    let page = analyst.page(&versions).await;
    assert!(page.contains("From the start</p>"), "{page}");
    // In the menu of versions, and above the rows of an earlier one.
    let page = analyst.page(&format!("{path}?version=1")).await;
    assert_eq!(page.matches("From the start</span>").count(), 2, "{page}");
    assert_eq!(
        page.matches("Without &#60;refunds&#62;</span>").count(),
        1,
        "{page}"
    );

    let api = format!("/api/v1/clips{path}");
    let administrator = &analyst.server.administrator;
    let changes = json!({"sql": "select 3 as a", "note": "Three"});
    assert_eq!(administrator.patch(&api, &changes).await.status(), 200);
    let (_, body) = status_and_body(administrator.get(&format!("{api}/versions")).await).await;
    let notes: Vec<_> = body["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["note"])
        .collect();
    assert_eq!(notes, ["Three", "Without <refunds>", "From the start"]);
    // Without a change of the query it is about the newest version.
    let changes = json!({"note": "Three, again"});
    assert_eq!(administrator.patch(&api, &changes).await.status(), 200);
    let page = analyst.page(&versions).await;
    assert!(
        page.contains("Three, again</p>") && !page.contains("Version 4"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_one_line_of_at_most_200_characters() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Counted", "select 1 as a").await;
    let note = format!("{path}/versions/1/note");
    for (text, status) in [
        ("ö".repeat(200), 303),
        ("ö".repeat(201), 422),
        ("two\nlines".to_owned(), 422),
        (String::new(), 303),
    ] {
        let answer = analyst.submit(&note, &[("note", &text)]).await;
        assert_eq!(answer.status(), status, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_changes_only_the_notes_of_their_own_versions() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Counted", "select 1 as a").await;
    analyst.server.user("eda@example.com", Role::Member).await;
    let eda = analyst.server.signed_in("eda@example.com").await;
    let access = json!({"anyone": true, "grants": [{"to": "eda@example.com", "may": "edit"}]});
    let api = format!("/api/v1/clips{path}/access");
    assert_eq!(
        analyst
            .server
            .administrator
            .put(&api, &access)
            .await
            .status(),
        200
    );
    path_of(eda.submit(&path, &[("sql", "select 2 as a")]).await).await;
    for (version, status) in [(1, 403), (2, 303)] {
        let note = format!("{path}/versions/{version}/note");
        assert_eq!(eda.submit(&note, &[("note", "x")]).await.status(), status);
        assert_eq!(analyst.submit(&note, &[("note", "y")]).await.status(), 303);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_see_the_query_sees_no_note() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Counted", "select 1 as a").await;
    let note = format!("{path}/versions/1/note");
    path_of(analyst.submit(&note, &[("note", "Secret sauce")]).await).await;
    let versions = format!("{path}/history?kind=query");
    let (_, shown) = seen(analyst.server.anonymous().get(&versions).await).await;
    assert!(shown.contains("Secret sauce"), "{shown}");
    let hidden = json!({"show_sql": false});
    analyst
        .server
        .administrator
        .patch(&format!("/api/v1/clips{path}"), &hidden)
        .await;
    path_of(analyst.submit(&path, &[("sql", "select 2 as a")]).await).await;
    for page in [versions, path.clone(), format!("{path}?version=1")] {
        let (status, hidden) = seen(analyst.server.anonymous().get(&page).await).await;
        assert_eq!(status, 200);
        assert!(!hidden.contains("Secret sauce"), "{hidden}");
    }
}
