//! The history of a query.

use crate::clip::*;

async fn clip_with_three_versions(analyst: &Analyst) -> String {
    let path = analyst.create("Counted", "select 1 as a").await;
    for sql in ["select 2 as a", "select 3 as a"] {
        path_of(analyst.submit(&path, &[("sql", sql)]).await).await;
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_listed_viewed_and_restored() {
    let analyst = Analyst::new().await;
    let path = clip_with_three_versions(&analyst).await;
    let page = analyst.page(&format!("{path}/history?kind=query")).await;
    for words in [
        "<strong>version 3</strong>",
        "current",
        "ann@example.com",
        "select 1 as a",
        &format!("href=\"{path}?version=1\""),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let first = analyst.page(&format!("{path}?version=1")).await;
    assert!(first.contains("This is an earlier version"), "{first}");
    let restore = format!("{path}/versions/1/restoration");
    assert_eq!(path_of(analyst.submit(&restore, &[]).await).await, path);
    let page = analyst.page(&path).await;
    assert!(page.contains("Version 4 of 4"), "{page}");
    assert_eq!(query_field(&page), "select 1 as a");
    // Everyone is told what it is.
    let history = format!("{path}/history?kind=query");
    for client in [&analyst.browser, &analyst.server.anonymous()] {
        let (_, page) = seen(client.get(&history).await).await;
        let restored = "restored version 1 as <strong>version 4</strong>";
        assert_eq!(page.matches("restored version").count(), 1, "{page}");
        assert!(page.contains(restored), "{page}");
    }
    // So does the timeline with activity alone, of a removed clip.
    path_of(analyst.submit(&format!("{path}/removal"), &[]).await).await;
    let page = analyst.page(&history).await;
    assert!(page.contains("restored version 1 as version 4"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_comes_in_pages() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Counted", "select 1 as a").await;
    let store = analyst.server.app.store.client().await.unwrap();
    let sql = "insert into versions (clip_id, number, sql, database_id)
               select clip_id, n, 'select ' || n, database_id from versions, generate_series(2, 120) n";
    store.execute(sql, &[]).await.unwrap();
    let page = analyst.page(&format!("{path}/history?kind=query")).await;
    let is_listed =
        |page: &str, number: i32| page.contains(&format!("<strong>version {number}</strong>"));
    assert!(is_listed(&page, 120) && is_listed(&page, 21), "{page}");
    assert!(!is_listed(&page, 20), "{page}");
    let (_, older) = page.split_once("rel=\"next\" href=\"").unwrap();
    let older = older.split_once('"').unwrap().0.replace("&#38;", "&");
    let page = analyst.page(&older).await;
    assert!(is_listed(&page, 20) && is_listed(&page, 1), "{page}");
    assert!(
        !is_listed(&page, 21) && !page.contains("rel=\"next\""),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_versions_and_restores_none() {
    let analyst = Analyst::new().await;
    let path = clip_with_three_versions(&analyst).await;
    let reader = analyst.server.anonymous();
    let page = reader.get(&format!("{path}/history?kind=query")).await;
    let page = page.text().await.unwrap();
    assert!(!page.contains("ann@example.com"), "{page}");
    assert!(
        page.contains("select 2 as a") && !page.contains("Restore"),
        "{page}"
    );
    let restore = format!("{path}/versions/1/restoration");
    assert_eq!(reader.submit(&restore, &[]).await.status(), 401);
    let unknown = format!("{path}/versions/9/restoration");
    assert_eq!(analyst.submit(&unknown, &[]).await.status(), 404);

    let store = analyst.server.app.store.client().await.unwrap();
    store
        .execute("update clips set show_sql = false", &[])
        .await
        .unwrap();
    let page = reader.get(&format!("{path}/history?kind=query")).await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("version 2</strong>") && !page.contains("select 2"),
        "{page}"
    );
}
