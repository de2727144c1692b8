//! Rename, change database, remove, restore.

use dataclips::model::Role;
use serde_json::json;

use super::*;
use crate::support::status_and_body;

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
    assert!(page.contains("Give the clip a name"), "{page}");
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
        "Change anyway",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(analyst.page(&path).await.contains("<span>data</span>"));
    let kept = [("database", "other"), ("keep", "1")];
    path_of(analyst.submit(&change, &kept).await).await;
    let (status, page) = seen(analyst.browser.get(&path).await).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("<span>other</span>") && page.contains("Version 2 of 2"),
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
        ("owner", [("email", "ann@example.com")]),
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
async fn the_options_for_rows_and_query_are_saved_and_shown() {
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
        assert!(page.contains("Saved."), "{page}");
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
        let (_, body) = status_and_body(analyst.server.administrator.get(&api).await).await;
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
            page.contains("Enter the maximum age as a whole number"),
            "{page}"
        );
        assert!(
            page.contains(&format!("value=\"{number}\" aria-invalid")),
            "{page}"
        );
        assert!(page.contains(&format!("name=\"show_sql\" {on}")), "{page}");
    }
    let (_, body) = status_and_body(analyst.server.administrator.get(&api).await).await;
    assert_eq!(
        (&body["show_sql"], &body["max_age"]),
        (&json!(false), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_transferred_only_to_somebody_who_can_own_it() {
    let analyst = Analyst::new().await;
    let server = &analyst.server;
    for (email, role) in [
        ("gus@example.com", Role::Guest),
        ("mia@example.com", Role::Member),
        ("out@example.com", Role::Member),
    ] {
        server.user(email, role).await;
    }
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into user_deactivations (user_id) select id from users where email = 'out@example.com'";
    store.execute(sql, &[]).await.unwrap();
    let path = analyst.create("Given", "select 1 as a").await;
    let owner = format!("{path}/owner");
    for email in [
        "gus@example.com",
        "out@example.com",
        "nobody@example.com",
        "nonsense",
    ] {
        let (status, page) = seen(analyst.submit(&owner, &[("email", email)]).await).await;
        assert_eq!(status, 422, "{email}");
        assert!(
            page.contains("Enter the e-mail address of a member"),
            "{page}"
        );
        assert!(page.contains(&format!("value=\"{email}\"")), "{page}");
    }
    let given = analyst
        .submit(&owner, &[("email", " Mia@Example.com ")])
        .await;
    assert_eq!(path_of(given).await, path);
    let settings = format!("{path}/settings");
    assert_eq!(analyst.browser.get(&settings).await.status(), 403);
    let mia = server.signed_in("mia@example.com").await;
    let (_, page) = seen(mia.get(&settings).await).await;
    assert!(page.contains("It belongs to mia@example.com."), "{page}");
    let (_, page) = seen(mia.get(&format!("{path}/history")).await).await;
    assert!(
        page.contains("transferred the clip to mia@example.com"),
        "{page}"
    );

    let protect = "update clips set anyone = false, owner_id = null where '/' || slug = $1";
    store.execute(protect, &[&path]).await.unwrap();
    assert_eq!(mia.get(&settings).await.status(), 403);
    let ada = server.signed_in("ada@example.com").await;
    let (_, page) = seen(ada.get(&settings).await).await;
    assert!(page.contains("It belongs to nobody."), "{page}");
    let given = ada.submit(&owner, &[("email", "mia@example.com")]).await;
    let (_, page) = seen(ada.get(&path_of(given).await).await).await;
    assert!(page.contains("The clip has a new owner."), "{page}");
    let given = mia.submit(&owner, &[("email", "ann@example.com")]).await;
    assert_eq!(path_of(given).await, "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_returns_a_protected_clip_to_the_owner_who_gave_it_away() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let new =
        json!({"title": "Given", "database": "data", "sql": "select 1", "access": "authorized"});
    let (_, clip) = status_and_body(mia.post("/api/v1/clips", &new).await).await;
    let api = format!("/api/v1/clips/{}", clip["slug"].as_str().unwrap());
    let (status, body) = status_and_body(
        mia.patch(&api, &json!({"owner": "nobody@example.com"}))
            .await,
    )
    .await;
    assert_eq!((status, &body["error"]["field"]), (422, &json!("owner")));
    let given = json!({"owner": "ada@example.com", "title": "Yours"});
    let (status, body) = status_and_body(mia.patch(&api, &given).await).await;
    assert_eq!(
        (status, &body["owner"], &body["title"]),
        (200, &json!("ada@example.com"), &json!("Yours"))
    );
    assert_eq!(mia.get(&api).await.status(), 403);
}
