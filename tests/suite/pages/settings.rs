//! Rename, change database, remove, restore.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_renamed() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Old", "select 1 as a").await;
    let title = format!("{path}/title");
    path_of(analyst.submit(&title, &[("title", "New & <b>")]).await).await;
    let page = analyst.page(&path).await;
    assert!(page.contains("<h1>New &#38; &#60;b&#62;</h1>"), "{page}");
    let (status, page) = seen(analyst.submit(&title, &[("title", " ")]).await).await;
    assert_eq!(status, 422);
    assert!(page.contains("Give the dataclip a title"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_changes_once_the_query_is_known_to_run_there() {
    let analyst = Analyst::new().await;
    let other = Server::start().await;
    analyst
        .server
        .add_database("other", &other.data_url())
        .await;
    other
        .superuser()
        .await
        .batch_execute("drop table orders cascade")
        .await
        .unwrap();
    let path = analyst
        .create("Orders", "select count(*) from orders")
        .await;
    let change = format!("{path}/database");
    let chosen = [("database", "other")];
    let (status, page) = seen(analyst.submit(&change, &chosen).await).await;
    assert_eq!(status, 422);
    for words in [
        "relation &#34;orders&#34; does not exist",
        "<option selected>other</option>",
        "Change it all the same",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(analyst.page(&path).await.contains("<span>data</span>"));
    let kept = [("database", "other"), ("keep", "1")];
    path_of(analyst.submit(&change, &kept).await).await;
    let (status, page) = seen(analyst.browser.get(&path).await).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("<span>other</span>") && page.contains("version 2 of 2"),
        "{page}"
    );

    let (status, page) = seen(analyst.submit(&change, &[("database", "nowhere")]).await).await;
    assert_eq!(status, 422);
    assert!(page.contains("There is no database"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_clip_is_gone_and_comes_back() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Gone", "select 1 as a").await;
    let list = path_of(analyst.submit(&format!("{path}/removal"), &[]).await).await;
    assert_eq!(list, "/clips/removed");
    let (status, page) = seen(analyst.browser.get(&path).await).await;
    assert_eq!(status, 410);
    assert!(page.contains("/clips/removed"), "{page}");
    assert_eq!(
        analyst.browser.get(&format!("{path}.csv")).await.status(),
        410
    );
    assert!(!analyst.page("/").await.contains("Gone"));
    let removed = analyst.page(&list).await;
    assert!(
        removed.contains("Gone") && removed.contains("ann@example.com"),
        "{removed}"
    );

    let other = analyst.server.anonymous();
    let restore = format!("{path}/restoration");
    assert_eq!(other.submit(&restore, &[]).await.status(), 401);
    assert_eq!(path_of(analyst.submit(&restore, &[]).await).await, path);
    assert_eq!(analyst.browser.get(&path).await.status(), 200);
    assert!(!analyst.page(&list).await.contains("Gone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_for_those_who_may_change_the_clip() {
    let analyst = Analyst::new().await;
    let clip = analyst.server.create_clip("select 1 as a").await;
    let path = path(&clip);
    for (below, fields) in [
        ("title", [("title", "Mine")]),
        ("database", [("database", "data")]),
        ("removal", [("a", "b")]),
        ("restoration", [("a", "b")]),
    ] {
        let path = format!("{path}/{below}");
        assert_eq!(analyst.submit(&path, &fields).await.status(), 403, "{path}");
        let nobody = analyst.server.anonymous().submit(&path, &fields).await;
        assert_eq!(nobody.status(), 401, "{path}");
    }
    let settings = format!("{path}/settings");
    assert_eq!(analyst.browser.get(&settings).await.status(), 403);
    let administrator = analyst.server.signed_in("ada@example.com").await;
    assert_eq!(administrator.get(&settings).await.status(), 200);
}
