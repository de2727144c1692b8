//! Creating a clip and changing its query.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_form_makes_a_clip_that_its_page_shows() {
    let analyst = Analyst::new().await;
    let form = analyst.page("/clips/new").await;
    assert!(form.contains(">data</option>"), "{form}");
    let path = analyst
        .create(
            "Two orders",
            "select id\r\nfrom orders\r\norder by id limit 2",
        )
        .await;
    let page = analyst.page(&path).await;
    assert!(page.contains("<h1>Two orders</h1>"), "{page}");
    assert!(page.contains("<span>2 rows</span>"), "{page}");
    assert_eq!(
        query_field(&page),
        "select id\nfrom orders\norder by id limit 2"
    );
    let csv = analyst.browser.get(&format!("{path}.csv")).await;
    assert_eq!(csv.text().await.unwrap(), "id\n1\n2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_form_comes_back_as_typed() {
    let analyst = Analyst::new().await;
    let sql = "select 'a' as \"</textarea>\"\n\n-- größe 🦀";
    for (title, database, sql, words) in [
        (" ", "data", sql, "Give the clip a name"),
        ("A title", "", sql, "Choose a database."),
        ("A title", "none", sql, "There is no database"),
        ("A title", "data", "select 'a\0b'", "NUL character"),
    ] {
        let typed = [("title", title), ("database", database), ("sql", sql)];
        let (status, page) = seen(analyst.submit("/clips", &typed).await).await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains(words), "{page}");
        assert!(page.contains(&format!("value=\"{title}\"")), "{page}");
        let escaped = sql
            .replace('\'', "&#39;")
            .replace('"', "&#34;")
            .replace('<', "&#60;")
            .replace('>', "&#62;");
        assert_eq!(query_field(&page), escaped);
    }
    let long = "-".repeat((1 << 20) + 1);
    let typed = [("title", "Long"), ("database", "data"), ("sql", &long)];
    let (status, page) = seen(analyst.submit("/clips", &typed).await).await;
    assert_eq!(status, 422);
    assert!(page.contains("The query is too long"));
    let long = "-".repeat(8 << 20);
    let typed = [("title", "Long"), ("database", "data"), ("sql", &long)];
    let (status, page) = seen(analyst.submit("/clips", &typed).await).await;
    assert_eq!(status, 413);
    assert!(page.contains("longer than this server accepts"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_fails_comes_back_with_its_place_marked_and_may_be_kept() {
    let analyst = Analyst::new().await;
    let sql = "select\n  custommer\nfrom orders";
    let typed = [("title", "Orders"), ("database", "data"), ("sql", sql)];
    let (status, page) = seen(analyst.submit("/clips", &typed).await).await;
    assert_eq!(status, 422);
    assert_eq!(query_field(&page), sql);
    for words in [
        "column &#34;custommer&#34; does not exist",
        "line 2, character 3",
        "SQLSTATE 42703",
        "Create anyway",
        "value=\"Orders\"",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let kept = [typed.as_slice(), &[("keep", "1")]].concat();
    let path = path_of(analyst.submit("/clips", &kept).await).await;
    let (status, page) = seen(analyst.browser.get(&path).await).await;
    assert_eq!(status, 422);
    assert_eq!(query_field(&page), sql);
    assert!(page.contains("line 2, character 3"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_query_becomes_a_version_and_a_failing_one_does_not() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    assert_eq!(
        path_of(analyst.submit(&path, &[("sql", "select 2 as b")]).await).await,
        path
    );
    assert!(analyst.page(&path).await.contains("Version 2 of 2"));

    let (status, page) = seen(analyst.submit(&path, &[("sql", "select 3 as")]).await).await;
    assert_eq!(status, 422);
    assert_eq!(query_field(&page), "select 3 as");
    assert!(page.contains("syntax error"), "{page}");
    assert!(analyst.page(&path).await.contains("Version 2 of 2"));

    let kept = [("sql", "select 3 as"), ("keep", "1")];
    path_of(analyst.submit(&path, &kept).await).await;
    let (_, page) = seen(analyst.browser.get(&path).await).await;
    assert!(page.contains("Version 3 of 3"), "{page}");
}

/// A browser sends every line break as CR LF.
#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_query_adds_no_version_whatever_its_line_breaks() {
    let analyst = Analyst::new().await;
    for sql in [
        "select 1\nas a",
        "select 1\r\nas a",
        "select 1\ras a",
        "\nselect 1 as a\n",
    ] {
        let clip = analyst.server.create_clip(sql).await;
        let browser = analyst.server.signed_in("ada@example.com").await;
        let page = browser.get(&path(&clip)).await.text().await.unwrap();
        let sent = query_field(&page)
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n");
        path_of(browser.submit(&path(&clip), &[("sql", &sent)]).await).await;
        let page = browser.get(&path(&clip)).await.text().await.unwrap();
        assert!(page.contains(">v1</span>"), "{sql:?}: {page}");
        let api = format!("/api/v1/clips/{}", clip.slug);
        let kept: serde_json::Value = analyst
            .server
            .administrator
            .get(&api)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(kept["sql"], sql);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_no_tools() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Open", "select 1 as a").await;
    let page = analyst.server.anonymous().get(&path).await;
    let page = page.text().await.unwrap();
    for tool in ["<textarea", " data-save>", "Settings", "Sign out"] {
        assert!(!page.contains(tool), "{tool}: {page}");
    }
    assert!(
        page.contains("select 1 as a") && page.contains("Sign in"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_what_is_not_theirs() {
    let analyst = Analyst::new().await;
    let clip = analyst.server.create_clip("select 1 as a").await;
    let sql = [("sql", "select 2 as b")];
    let stranger = analyst.server.anonymous();
    assert_eq!(stranger.submit(&path(&clip), &sql).await.status(), 401);
    assert_eq!(analyst.submit(&path(&clip), &sql).await.status(), 403);
    let new = [("title", "A"), ("database", "data"), ("sql", "select 1")];
    assert_eq!(stranger.submit("/clips", &new).await.status(), 401);
    assert_eq!(stranger.get("/clips/new").await.status(), 401);
    assert_eq!(analyst.submit(&path(&clip), &[]).await.status(), 403);
    assert_eq!(analyst.submit("/clips", &[]).await.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_who_lost_the_database_reads_and_renames_only() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    let closed = serde_json::json!({"open_to": "administrators"});
    let administrator = &analyst.server.administrator;
    administrator.patch("/api/v1/databases/data", &closed).await;
    let page = analyst.page(&path).await;
    assert!(!page.contains("<textarea"), "{page}");
    assert!(page.contains("You cannot change this query"), "{page}");
    let answer = analyst.submit(&path, &[("sql", "select 2 as b")]).await;
    assert_eq!(answer.status(), 403);
    let title = format!("{path}/title");
    path_of(analyst.submit(&title, &[("title", "Two")]).await).await;
    assert!(
        analyst
            .page("/clips/new")
            .await
            .contains("no database you can query")
    );
}

/// The session ended while somebody typed.
#[tokio::test(flavor = "multi_thread")]
async fn typed_text_survives_a_sign_in() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    analyst.browser.submit("/sign-out", &[]).await;
    for path in [path.as_str(), "/clips", "/account/tokens"] {
        let typed = [("title", "A"), ("database", "data"), ("sql", "select 2")];
        let (status, page) = seen(analyst.submit(path, &typed).await).await;
        assert_eq!(status, 401);
        assert!(page.contains("Sign in in a new tab"), "{page}");
    }
    for (form, page) in [
        ("/clips".to_owned(), "/clips/new".to_owned()),
        (format!("{path}/title"), format!("{path}/settings")),
        (format!("{path}/database"), format!("{path}/settings")),
        (format!("{path}/removal"), format!("{path}/settings")),
        (format!("{path}/restoration"), format!("{path}/settings")),
        (
            format!("{path}/versions/1/restoration"),
            format!("{path}/history?kind=query"),
        ),
        (format!("{path}/links"), format!("{path}/share")),
        (format!("{path}/permissions"), format!("{path}/share")),
        // Their former addresses.
        (
            format!("{path}/versions"),
            format!("{path}/history?kind=query"),
        ),
        (
            format!("{path}/results"),
            format!("{path}/history?kind=data"),
        ),
        (format!("{path}/trail"), format!("{path}/history")),
        ("/sign-out".to_owned(), "/".to_owned()),
        ("/theme".to_owned(), "/".to_owned()),
    ] {
        assert_eq!(path_of(analyst.browser.get(&form).await).await, page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_a_slash_behind_it_leads_to_the_clip() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    let answer = analyst.browser.get(&format!("{path}/?version=1")).await;
    assert_eq!(answer.status(), 308);
    assert_eq!(
        answer.headers()["location"],
        format!("{path}?version=1").as_str()
    );
}

/// Invalid input in a URL or a form gets an error page like any other.
#[tokio::test(flavor = "multi_thread")]
async fn an_odd_address_gets_a_page_of_ours() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    for (address, status) in [
        ("/?search=a&search=b", 400),
        ("/sign-in?next=a&next=b", 400),
        (&format!("{path}/history?before=abc"), 400),
        (&format!("{path}/history?kind=abc"), 400),
        ("/%FF/settings", 404),
        (&format!("{path}/versions/abc/restoration/x"), 404),
    ] {
        let (got, page) = seen(analyst.browser.get(address).await).await;
        assert_eq!(got, status, "{address}");
        assert!(page.starts_with("<!doctype html>"), "{address}: {page}");
    }
    let restore = format!("{path}/versions/abc/restoration");
    let (status, page) = seen(analyst.submit(&restore, &[]).await).await;
    assert_eq!(status, 404);
    assert!(page.contains("There is no such version."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_database_offers_a_move_and_no_editor() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    let removal = "/api/v1/databases/data?force=1";
    analyst.server.administrator.delete(removal).await;
    let (status, page) = seen(analyst.browser.get(&path).await).await;
    assert_eq!(status, 503);
    assert!(!page.contains("<textarea"), "{page}");
    assert!(page.contains("Move the clip to another database"), "{page}");
}

/// Somebody had the page open when the database was removed.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_comes_back_when_the_database_is_gone() {
    let analyst = Analyst::new().await;
    let path = analyst.create("One", "select 1 as a").await;
    let removal = "/api/v1/databases/data?force=1";
    analyst.server.administrator.delete(removal).await;
    let typed = [("sql", "select 2 as typed")];
    let (status, page) = seen(analyst.submit(&path, &typed).await).await;
    assert_eq!(status, 503);
    assert!(page.contains("select 2 as typed"), "{page}");
    assert!(
        page.contains("The database of this clip was removed"),
        "{page}"
    );
}
