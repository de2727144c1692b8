//! Rename, change database, remove, restore.

use serde_json::json;

use super::*;
use crate::support::told;

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
        ("options", [("max_age", "5")]),
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

#[tokio::test(flavor = "multi_thread")]
async fn how_rows_and_query_are_shown_is_set_and_comes_back_as_it_is() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Set", "select 1 as a").await;
    let options = format!("{path}/options");
    let api = format!("/api/v1/clips{path}");
    let on = "value=\"1\" checked";
    for (typed, (show_sql, max_age, serve_stale), shown) in [
        (
            vec![("max_age", "90"), ("unit", "minutes"), ("serve_stale", "1")],
            (false, json!(5400), true),
            ("90", "minutes"),
        ),
        (
            vec![("show_sql", "1"), ("max_age", " 2 "), ("unit", "hours")],
            (true, json!(7200), false),
            ("2", "hours"),
        ),
        (
            vec![("max_age", ""), ("unit", "hours")],
            (false, json!(null), false),
            ("", "minutes"),
        ),
    ] {
        let saved = path_of(analyst.submit(&options, &typed).await).await;
        let (saved, _) = saved.split_once('#').unwrap();
        let page = analyst.page(saved).await;
        assert!(page.contains("This is saved."), "{page}");
        let (number, unit) = shown;
        assert!(
            page.contains(&format!(
                "inputmode=\"numeric\" autocomplete=\"off\" value=\"{number}\""
            )),
            "{page}"
        );
        assert!(
            page.contains(&format!("<option selected>{unit}</option>")),
            "{page}"
        );
        for (name, is_on) in [("show_sql", show_sql), ("serve_stale", serve_stale)] {
            assert_eq!(
                page.contains(&format!("name=\"{name}\" {on}")),
                is_on,
                "{name}: {page}"
            );
        }
        let (_, body) = told(analyst.server.administrator.get(&api).await).await;
        let set = (&body["show_sql"], &body["max_age"], &body["serve_stale"]);
        assert_eq!(set, (&json!(show_sql), &max_age, &json!(serve_stale)));
    }
    for (number, unit) in [
        ("0", "hours"),
        ("-1", "hours"),
        ("1.5", "hours"),
        ("soon", "hours"),
        ("2147483647", "hours"),
        ("1", "years"),
    ] {
        let typed = [("show_sql", "1"), ("max_age", number), ("unit", unit)];
        let (status, page) = seen(analyst.submit(&options, &typed).await).await;
        assert_eq!(status, 422, "{number} {unit}");
        assert!(
            page.contains("Give the maximum age as a whole number"),
            "{page}"
        );
        assert!(
            page.contains(&format!("value=\"{number}\" aria-invalid")),
            "{page}"
        );
        assert!(page.contains(&format!("name=\"show_sql\" {on}")), "{page}");
    }
    let (_, body) = told(analyst.server.administrator.get(&api).await).await;
    assert_eq!(
        (&body["show_sql"], &body["max_age"]),
        (&json!(false), &json!(null))
    );
}
