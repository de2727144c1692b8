//! Clips and their versions, from creation to restoring.

use dataclips::model::Role;
use serde_json::{Value, json};

use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_created_read_changed_removed_and_restored() {
    let server = Server::start().await;
    let new = json!({"title": "Orders", "database": "data", "sql": "select count(*) from orders"});
    let (status, created) =
        status_and_body(server.administrator.post("/api/v1/clips", &new).await).await;
    assert_eq!(status, 201, "{created}");
    let slug = created["slug"].as_str().unwrap();
    assert!(slug.len() == 28 && slug.bytes().all(|byte| byte.is_ascii_lowercase()));
    let expected = json!({
        "slug": slug, "number": 1, "url": format!("{}/{slug}", server.url), "title": "Orders", "description": "", "tags": [],
        "database": "data", "sql": "select count(*) from orders", "version": 1, "note": "", "parameters": [], "owner": "ada@example.com", "access": "anyone",
        "pinned": false, "show_sql": true, "max_age": null, "serve_stale": false, "runs_on": "any",
        "created_at": created["created_at"], "updated_at": created["updated_at"],
    });
    assert_eq!(created, expected);
    for time in ["created_at", "updated_at"] {
        let text = created[time].as_str().unwrap();
        assert!(
            text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z'),
            "{text}"
        );
    }
    let path = format!("/api/v1/clips/{slug}");
    assert_eq!(
        status_and_body(server.administrator.get(&path).await).await,
        (200, created.clone())
    );

    let changes = json!({"title": "All orders", "sql": "select 2 as two"});
    let (status, changed) =
        status_and_body(server.administrator.patch(&path, &changes).await).await;
    assert_eq!((status, &changed["version"]), (200, &json!(2)), "{changed}");
    assert_eq!(
        (&changed["title"], &changed["sql"]),
        (&json!("All orders"), &json!("select 2 as two"))
    );
    let old = server
        .anonymous()
        .get(&format!("/{slug}.csv?version=1"))
        .await;
    assert_eq!(old.text().await.unwrap(), "count\n50000\n");

    assert_eq!(
        status_and_body(server.administrator.delete(&path).await).await,
        (204, Value::Null)
    );
    let versions = format!("{path}/versions");
    for (path, client) in [
        (path.as_str(), &server.administrator),
        (&versions, &server.administrator),
        (&format!("/{slug}.json"), &server.anonymous()),
    ] {
        let (status, body) = status_and_body(client.get(path).await).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (410, &json!("removed")),
            "{path}"
        );
    }
    assert_eq!(
        status_and_body(server.administrator.patch(&path, &changes).await)
            .await
            .0,
        410
    );
    assert_eq!(
        status_and_body(server.administrator.delete(&path).await)
            .await
            .0,
        410
    );
    let page = server.anonymous().get(&format!("/{slug}")).await;
    assert_eq!(page.status(), 410);

    let (status, restored) = status_and_body(
        server
            .administrator
            .post(&format!("{path}/restore"), &json!({}))
            .await,
    )
    .await;
    assert_eq!((status, restored), (200, changed));
    assert_eq!(
        server
            .anonymous()
            .get(&format!("/{slug}.csv"))
            .await
            .status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_changed_query_or_database_adds_a_version() {
    let server = Server::start().await;
    server.add_database("copy", &server.data_url()).await;
    let clip = server.create_clip("select 1 as one").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    for (changes, version) in [
        (json!({}), 1),
        (json!({"title": "Another"}), 1),
        (
            json!({"show_sql": false, "max_age": 60, "serve_stale": true}),
            1,
        ),
        (json!({"sql": "select 1 as one"}), 1),
        (json!({"database": "data"}), 1),
        (json!({"sql": "select 1 as one "}), 2),
        (json!({"database": "copy"}), 3),
        (
            json!({"sql": "select 1 as one ", "database": "copy", "max_age": null}),
            3,
        ),
        (json!({"sql": "select 3", "database": "data"}), 4),
    ] {
        let (status, body) =
            status_and_body(server.administrator.patch(&path, &changes).await).await;
        assert_eq!(
            (status, &body["version"]),
            (200, &json!(version)),
            "{changes}: {body}"
        );
    }
    let (_, body) =
        status_and_body(server.administrator.get(&format!("{path}/versions")).await).await;
    let versions = body["versions"].as_array().unwrap();
    let facts: Vec<_> = versions
        .iter()
        .map(|version| {
            (
                version["version"].as_i64().unwrap(),
                version["database"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [(4, "data"), (3, "copy"), (2, "copy"), (1, "data")]
            .map(|(number, name)| (number, if number == 2 { "data" } else { name }))
    );
    let mut keys: Vec<_> = versions[0].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["author", "created_at", "database", "note", "sql", "version"]
    );
    assert_eq!(versions[3]["sql"], "select 1 as one");
    assert_eq!(versions[3]["author"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn max_age_is_set_kept_and_removed() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    for (changes, max_age) in [
        (json!({"max_age": 60}), json!(60)),
        (json!({"title": "Kept"}), json!(60)),
        (json!({"max_age": null}), Value::Null),
    ] {
        let (status, body) =
            status_and_body(server.administrator.patch(&path, &changes).await).await;
        assert_eq!((status, &body["max_age"]), (200, &max_age), "{changes}");
    }
    for wrong in [0, -1] {
        let (status, body) = status_and_body(
            server
                .administrator
                .patch(&path, &json!({"max_age": wrong}))
                .await,
        )
        .await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (422, &json!("max_age")),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_does_not_prepare_is_saved_with_a_warning() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    for (sql, code, position) in [
        ("select * from tomorrow", "sql_error", Some(15)),
        ("selec 1", "sql_error", Some(1)),
        ("select 1; select 2", "sql_error", None),
        ("select $1::integer", "parameters", None),
        ("create table t ()", "no_columns", None),
        ("", "no_columns", None),
        ("-- nothing", "no_columns", None),
    ] {
        let clip = administrator.create_clip(sql).await;
        let warning = &clip.body["warning"];
        let code = if sql.is_empty() || sql.starts_with("--") {
            warning["code"].as_str().unwrap()
        } else {
            code
        };
        assert_eq!(warning["code"], code, "{sql}: {warning}");
        assert_eq!(warning["position"].as_i64(), position, "{sql}: {warning}");
        assert!(
            warning["message"].is_string() && warning["advice"].is_string(),
            "{sql}: {warning}"
        );
        let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
        assert_eq!(status, 422, "{sql}: {body}");
        assert_eq!(body["error"], *warning, "{sql}");
        let (_, read) = status_and_body(
            administrator
                .get(&format!("/api/v1/clips/{}", clip.slug))
                .await,
        )
        .await;
        assert_eq!((&read["sql"], read.get("warning")), (&json!(sql), None));
    }
    let clip = administrator.create_clip("select * from tomorrow").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let (_, still) = status_and_body(
        administrator
            .patch(&path, &json!({"sql": "select * from next_week"}))
            .await,
    )
    .await;
    assert_eq!(still["warning"]["sqlstate"], "42P01");
    let superuser = server.superuser().await;
    superuser
        .batch_execute(
            "create table next_week as select 7 as day; grant select on next_week to reader",
        )
        .await
        .unwrap();
    assert_eq!(
        server.rows(&clip, "csv").await.text().await.unwrap(),
        "day\n7\n"
    );
    // Saving never runs the text.
    let slow = administrator.create_clip("select pg_sleep(600)").await;
    assert_eq!(slow.body.get("warning"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_and_queries_survive_byte_for_byte() {
    let server = Server::start().await;
    for (title, sql) in [
        (
            "Größe 🦀 “quoted” 'single' \"double\"",
            "select '🦀 ''x'' \"y\" \\n' as \"a \"\"b\"\"\"",
        ),
        (
            "<script>alert(1)</script> & {{ title }}",
            "select\t1\r\n  as one -- trailing \u{a0}\n\n",
        ),
        (
            "../../etc/passwd; drop table clips;",
            "select $tag$ %s {} \\ $tag$ as text",
        ),
        (
            "e\u{301} is not \u{e9}",
            "select 'e\u{301}' as a, '\u{e9}' as b, '\u{202e}' as c",
        ),
    ] {
        let new = json!({"title": title, "database": "data", "sql": sql});
        let (status, created) =
            status_and_body(server.administrator.post("/api/v1/clips", &new).await).await;
        assert_eq!(status, 201, "{created}");
        let path = format!("/api/v1/clips/{}", created["slug"].as_str().unwrap());
        let (_, read) = status_and_body(server.administrator.get(&path).await).await;
        assert_eq!((&read["title"], &read["sql"]), (&json!(title), &json!(sql)));
        assert_eq!(created.get("warning"), None, "{title}");
        let path = format!("/{}.json", created["slug"].as_str().unwrap());
        assert_eq!(
            status_and_body(server.anonymous().get(&path).await).await.1["title"],
            title
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_change_a_clip_at_once_get_versions_one_after_the_other() {
    let server = Server::start().await;
    server.add_database("copy", &server.data_url()).await;
    let clip = server.create_clip("select 0").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let moved = json!({"to": "data"});
    let edits = (1..=20).map(|number| {
        let (administrator, path, moved) =
            (server.administrator.clone(), path.clone(), moved.clone());
        tokio::spawn(async move {
            let sql = format!("select {number}");
            let changes = match number % 4 {
                0 => json!({"sql": sql, "database": "copy"}),
                _ => json!({"sql": sql}),
            };
            if number % 5 == 0 {
                let answer = administrator
                    .post("/api/v1/databases/copy/move", &moved)
                    .await;
                assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
            }
            status_and_body(administrator.patch(&path, &changes).await).await
        })
    });
    for edit in edits.collect::<Vec<_>>() {
        let (status, body) = edit.await.unwrap();
        assert_eq!(status, 200, "{body}");
    }
    let (_, body) =
        status_and_body(server.administrator.get(&format!("{path}/versions")).await).await;
    let versions = body["versions"].as_array().unwrap();
    let numbers: Vec<_> = versions
        .iter()
        .map(|version| version["version"].as_i64().unwrap())
        .collect();
    let all: Vec<_> = (1..=numbers.len() as i64).rev().collect();
    assert_eq!(numbers, all);
    assert!(numbers.len() >= 21);
    for number in 1..=20 {
        let sql = json!(format!("select {number}"));
        assert!(
            versions.iter().any(|version| version["sql"] == sql),
            "{number}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_is_shown_to_those_whom_the_owner_allows() {
    let server = Server::start().await;
    let member = server.user("mia@example.com", Role::Member).await;
    let clip = server
        .create_clip("select customer from orders where secret_column = 1")
        .await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let hide = json!({"show_sql": false});
    assert_eq!(
        status_and_body(server.administrator.patch(&path, &hide).await)
            .await
            .0,
        200
    );

    let (status, read) = status_and_body(member.get(&path).await).await;
    assert_eq!((status, read.get("sql")), (200, None), "{read}");
    let (_, versions) = status_and_body(member.get(&format!("{path}/versions")).await).await;
    assert_eq!(versions["versions"][0].get("sql"), None, "{versions}");
    let (_, list) = status_and_body(member.get("/api/v1/clips").await).await;
    assert_eq!(list["clips"][0].get("sql"), None, "{list}");
    let (status, error) = status_and_body(server.rows(&clip, "json").await).await;
    assert_eq!(
        (status, error),
        (
            422,
            json!({"error": {"code": "sql_error", "message": "The query failed.", "sqlstate": "42703"}})
        )
    );
    let page = server
        .anonymous()
        .get(&format!("/{}", clip.slug))
        .await
        .text()
        .await
        .unwrap();
    assert!(!page.contains("secret_column"), "{page}");

    let (_, read) = status_and_body(server.administrator.get(&path).await).await;
    assert!(read["sql"].as_str().unwrap().contains("secret_column"));
    let own = server
        .administrator
        .get(&format!("/{}.json", clip.slug))
        .await;
    assert!(
        status_and_body(own)
            .await
            .1
            .to_string()
            .contains("secret_column")
    );
}
