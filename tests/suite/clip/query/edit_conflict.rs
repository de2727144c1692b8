//! Two people edit one query.

use serde_json::json;

use crate::clip::*;
use crate::support::status_and_body;

async fn save(analyst: &Analyst, clip: &str, sql: &str, base: &str) -> (u16, String) {
    seen(analyst.submit(clip, &[("sql", sql), ("base", base)]).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_later_editor_sees_the_diff_and_overwrites_nothing_unknowingly() {
    let analyst = Analyst::new().await;
    let ada = analyst.server.signed_in("ada@example.com").await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    path_of(
        ada.submit(&clip, &[("sql", "select 2 as theirs"), ("base", "1")])
            .await,
    )
    .await;

    let (status, page) = save(&analyst, &clip, "select 3 as mine", "1").await;
    assert_eq!(status, 409, "{page}");
    for words in [
        "ada@example.com changed this query while you were writing",
        "<del>2</del>",
        "<ins>mine</ins>",
        "name=\"base\" value=\"2\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(query_field(&page), "select 3 as mine");
    let shown = analyst.page(&clip).await;
    assert_eq!(query_field(&shown), "select 2 as theirs");

    // Now they have seen it.
    let (status, page) = save(&analyst, &clip, "select 3 as mine", "2").await;
    assert_eq!(status, 303, "{page}");
    let shown = analyst.page(&clip).await;
    assert_eq!(query_field(&shown), "select 3 as mine");
    assert!(shown.contains("Version 3 of 3"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_overwrites_nothing_is_not_a_conflict() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    for (sql, base, version) in [
        // What was typed is the same as before.
        ("select 1 as a", "1", "title=\"Version 1\""),
        ("select 2 as a", "1", "Version 2 of 2"),
        // Both wrote the same.
        ("select 2 as a", "1", "Version 2 of 2"),
        ("select 1 as a", "2", "Version 3 of 3"),
        // Meanwhile the query was changed back.
        ("select 4 as a", "1", "Version 4 of 4"),
    ] {
        let (status, page) = save(&analyst, &clip, sql, base).await;
        assert_eq!(status, 303, "{sql}: {page}");
        let page = analyst.page(&clip).await;
        assert!(page.contains(version), "{sql}, {version}: {page}");
    }
    // A new title is no other query.
    path_of(
        analyst
            .submit(&format!("{clip}/title"), &[("title", "Other")])
            .await,
    )
    .await;
    let (status, page) = save(&analyst, &clip, "select 5 as a", "4").await;
    assert_eq!(status, 303, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_save_at_once_one_gets_a_conflict() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 0 as a").await;
    let saves = (1..=8).map(|number| {
        let sql = format!("select {number} as a");
        let (analyst, clip) = (&analyst, &clip);
        async move { save(analyst, clip, &sql, "1").await.0 }
    });
    let statuses = futures_util::future::join_all(saves).await;
    let saved = statuses.iter().filter(|status| **status == 303).count();
    let told = statuses.iter().filter(|status| **status == 409).count();
    assert_eq!((saved, told), (1, 7), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_sends_its_base_gets_the_conflict_too() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    let path = format!("/api/v1/clips{clip}");
    let ada = &analyst.server.administrator;
    let (status, _) = status_and_body(
        ada.patch(&path, &json!({"sql": "select 2 as a", "base": 1}))
            .await,
    )
    .await;
    assert_eq!(status, 200);
    let (status, body) = status_and_body(
        ada.patch(&path, &json!({"sql": "select 3 as a", "base": 1}))
            .await,
    )
    .await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("overtaken")));
    // Nobody can have seen a version that does not exist.
    for base in [0, -1, 99] {
        let changes = json!({"sql": "select 3 as a", "base": base});
        let (status, body) = status_and_body(ada.patch(&path, &changes).await).await;
        assert_eq!((status, &body["error"]["code"]), (409, &json!("overtaken")));
    }
    let (status, page) = save(&analyst, &clip, "select 3 as mine", "99").await;
    assert_eq!(
        (status, query_field(&page).as_str()),
        (409, "select 3 as mine")
    );
    let (status, body) =
        status_and_body(ada.patch(&path, &json!({"sql": "select 3 as a"})).await).await;
    assert_eq!((status, &body["version"]), (200, &json!(3)));
}
