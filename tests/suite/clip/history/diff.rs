//! What differs between two versions.

use serde_json::json;

use crate::clip::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_compared_word_by_word() {
    let analyst = Analyst::new().await;
    let clip = analyst
        .create("Counted", "select 1 as a\nfrom orders\nlimit 1")
        .await;
    for sql in [
        "select 1 as b\nfrom orders\nlimit 1",
        "select 1 as b\nfrom orders o\nlimit '<b>'",
    ] {
        seen(analyst.submit(&clip, &[("sql", sql), ("keep", "1")]).await).await;
    }
    let versions = analyst.page(&format!("{clip}/history")).await;
    assert!(
        versions.contains("difference?from=2&amp;to=3"),
        "{versions}"
    );
    let page = analyst
        .page(&format!("{clip}/difference?from=1&to=2"))
        .await;
    assert!(
        page.contains("<del>a</del>") && page.contains("<ins>b</ins>"),
        "{page}"
    );
    assert!(!page.contains("<ins>o"), "{page}");
    let page = analyst
        .page(&format!("{clip}/difference?from=1&to=3"))
        .await;
    assert!(
        page.contains("&#60;b&#62;") && !page.contains("<b>'"),
        "{page}"
    );
    // The newest against the one before.
    let page = analyst.page(&format!("{clip}/difference")).await;
    assert!(
        page.contains("<title>Versions 2 and 3 of Counted"),
        "{page}"
    );
    let page = analyst
        .page(&format!("{clip}/difference?from=2&to=2"))
        .await;
    assert!(page.contains("The two queries are the same."), "{page}");
    for (query, status) in [("from=1&to=9", 404), ("from=0&to=1", 404), ("from=x", 400)] {
        let answer = analyst
            .browser
            .get(&format!("{clip}/difference?{query}"))
            .await;
        assert_eq!(answer.status(), status, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_may_not_see_the_query_sees_no_diff_of_it() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    seen(
        analyst
            .submit(&clip, &[("sql", "select 2 as secret")])
            .await,
    )
    .await;
    let path = format!("{clip}/difference?from=1&to=2");
    let reader = analyst.server.anonymous();
    let (status, page) = seen(reader.get(&path).await).await;
    assert_eq!(status, 200, "{page}");
    assert!(!page.contains("ann@example.com"), "{page}");
    let hide = json!({"show_sql": false});
    let api = format!("/api/v1/clips{clip}");
    assert_eq!(
        analyst
            .server
            .administrator
            .patch(&api, &hide)
            .await
            .status(),
        200
    );
    let (status, page) = seen(reader.get(&path).await).await;
    assert_eq!(status, 403, "{page}");
    assert!(!page.contains("secret"), "{page}");
    let (_, page) = seen(reader.get(&format!("{clip}/history")).await).await;
    assert!(!page.contains("/difference"), "{page}");
    assert_eq!(analyst.browser.get(&path).await.status(), 200);
}
