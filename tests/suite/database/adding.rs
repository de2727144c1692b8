//! Adding a database: what is refused, what gets a warning, and what the environment adds.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use dataclips::model::{Database, EnvironmentDatabase, Role, Source};
use dataclips::postgres::ConnectionUrl;
use serde_json::{Value, json};

use crate::support::{Cluster, Server, shared, status_and_body};

async fn add(server: &Server, url: &str) -> (u16, Value) {
    let new = json!({"name": "new", "url": url});
    status_and_body(server.administrator.post("/api/v1/databases", &new).await).await
}

/// Creates a login role in the shared cluster; returns it with the URL by which it reaches the queried database.
async fn role(server: &Server, options: &str) -> (String, String) {
    let role = format!("added_{}", server.data);
    let sql = format!("create role {role} login {options}; grant select on orders to {role}");
    server.superuser().await.batch_execute(&sql).await.unwrap();
    let url = shared().socket_url(&role, &server.data);
    (role, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_store_is_refused_however_it_is_spelled() {
    let server = Server::start().await;
    let store = server.data.replace("data", "store");
    let socket = shared().socket_url("keeper", &store);
    let (directory, port) = socket
        .split_once('@')
        .unwrap()
        .1
        .split_once('/')
        .unwrap()
        .0
        .rsplit_once(':')
        .unwrap();
    for url in [
        socket.clone(),
        shared().host_url("keeper", "127.0.0.1", &store),
        shared().host_url("keeper", "localhost", &store),
        shared().host_url("keeper", "LOCALHOST", &store),
        shared().host_url("keeper", "127.1", &store),
        // As another role, which sees nothing in the store except its marker.
        shared().host_url("reader", "localhost", &store),
        format!("postgresql://reader@/{store}?host={directory}&port={port}"),
        format!("postgresql://nowhere:1/{store}?host=localhost&user=reader&port={port}"),
        shared().host_url("reader", "localhost", &store.replace("store", "%73tore")),
    ] {
        let (status, body) = add(&server, &url).await;
        let error = &body["error"];
        assert_eq!(
            (status, &error["code"]),
            (422, &json!("database_refused")),
            "{url}: {body}"
        );
        assert!(
            error["message"].as_str().unwrap().contains("its own data"),
            "{url}: {body}"
        );
        assert!(error["advice"].is_string(), "{url}: {body}");
    }
    let changed = json!({"url": socket});
    let (status, body) = status_and_body(
        server
            .administrator
            .patch("/api/v1/databases/data", &changed)
            .await,
    )
    .await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (422, &json!("database_refused")),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_do_too_much_is_refused_with_the_sql_for_a_safe_one() {
    let server = Server::start().await;
    let (status, body) = add(&server, &shared().socket_url("postgres", &server.data)).await;
    let error = &body["error"];
    assert_eq!(
        (status, &error["code"]),
        (422, &json!("database_refused")),
        "{body}"
    );
    assert!(
        error["message"].as_str().unwrap().contains("superuser"),
        "{body}"
    );
    let sql = error["hint"].as_str().unwrap();
    let safe = format!("safe_{}", server.data);
    let sql = sql.replace("dataclips_reader", &safe);
    server.superuser().await.batch_execute(&sql).await.unwrap();
    let (status, body) = add(&server, &shared().socket_url(&safe, &server.data)).await;
    assert_eq!((status, &body["warnings"]), (201, &json!([])), "{body}");

    let refused = json!({"url": shared().socket_url("postgres", &server.data)});
    let (status, body) = status_and_body(
        server
            .administrator
            .patch("/api/v1/databases/new", &refused)
            .await,
    )
    .await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (422, &json!("database_refused")),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_can_write_is_accepted_with_a_warning_and_its_revoke() {
    let server = Server::start().await;
    let (role, url) = role(&server, "").await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute(&format!("grant insert, delete on orders to {role}"))
        .await
        .unwrap();
    let (status, body) = add(&server, &url).await;
    assert_eq!(
        (status, body["warnings"].as_array().unwrap().len()),
        (201, 1),
        "{body}"
    );
    let warning = &body["warnings"][0];
    assert_eq!(warning["grade"], "danger", "{body}");
    assert!(
        warning["message"]
            .as_str()
            .unwrap()
            .contains("can write to the table public.orders"),
        "{body}"
    );
    superuser
        .batch_execute(warning["sql"].as_str().unwrap())
        .await
        .unwrap();
    let (_, body) = status_and_body(
        server
            .administrator
            .patch("/api/v1/databases/new", &json!({"url": url}))
            .await,
    )
    .await;
    assert_eq!(body["warnings"], json!([]), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_gains_rights_later_is_refused_at_the_next_connection() {
    let server = Server::start().await;
    let (role, url) = role(&server, "").await;
    server.add_database("own", &url).await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute(&format!("alter role {role} createdb"))
        .await
        .unwrap();
    let clip = server
        .administrator
        .create_clip_on("own", "select 1 as one")
        .await;
    assert_eq!(
        clip.body["warning"]["code"], "database_refused",
        "{}",
        clip.body
    );
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("database_refused")),
        "{body}"
    );
    let (_, hide) = status_and_body(
        server
            .administrator
            .patch(
                &format!("/api/v1/clips/{}", clip.slug),
                &json!({"show_sql": false}),
            )
            .await,
    )
    .await;
    assert_eq!(hide["show_sql"], false);
    let (_, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert!(!body.to_string().contains(&role), "{body}");
    superuser
        .batch_execute(&format!("alter role {role} nocreatedb"))
        .await
        .unwrap();
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_database_is_reported_clearly_and_without_its_password() {
    let server = Server::start().await;
    let cluster = Cluster::start("max_connections=20");
    cluster.write(
        "data/pg_hba.conf",
        "local all postgres trust\nhost all all all scram-sha-256\n",
    );
    let cluster = cluster.boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create role r login password 'xyzzy-right'")
        .await
        .unwrap();
    let port = cluster.port;
    let wrong = |rest: &str| format!("postgresql://r:xyzzy-wrong@{rest}");
    let right = |rest: &str| format!("postgresql://r:xyzzy-right@{rest}");
    for (url, field, words) in [
        (
            wrong("127.0.0.1:1/postgres"),
            None,
            "Nothing listens at that host and port",
        ),
        (
            wrong("xyzzy.invalid/postgres"),
            None,
            "spelling of the host's name",
        ),
        (wrong("%2Fnowhere/postgres"), None, "no socket to open"),
        (
            wrong(&format!("127.0.0.1:{port}/postgres")),
            None,
            "Check the user and password",
        ),
        (
            right(&format!("127.0.0.1:{port}/nothing")),
            None,
            "database's name at the end",
        ),
        (
            right(&format!("127.0.0.1:{port}/postgres?sslmode=require")),
            None,
            "does not support TLS",
        ),
        (
            right(&format!("127.0.0.1:{port}/postgres?sslmode=verify-full")),
            None,
            "does not support TLS",
        ),
        (
            right(&format!("127.0.0.1:{port}/postgres?sslmode=maybe")),
            Some("url"),
            "`sslmode` must be",
        ),
        (
            right(&format!("127.0.0.1:{port}/postgres?colour=blue")),
            Some("url"),
            "`colour` is not known",
        ),
        (
            right(&format!(
                "127.0.0.1:{port}/postgres?sslrootcert=system&sslmode=require"
            )),
            Some("url"),
            "verify-full",
        ),
        (
            "mysql://r:xyzzy@h/d".to_owned(),
            Some("url"),
            "postgresql://",
        ),
        (
            "postgresql://r:xyzzy@h:abc/d".to_owned(),
            Some("url"),
            "port",
        ),
        ("postgresql://r:xyzzy%@h/d".to_owned(), Some("url"), "%25"),
        (
            "postgresql://:xyzzy@h/d".to_owned(),
            Some("url"),
            "name the user",
        ),
        (String::new(), Some("url"), "postgresql://"),
    ] {
        let (status, body) = add(&server, &url).await;
        let text = body.to_string();
        let error = &body["error"];
        assert_eq!(status, 422, "{url}: {body}");
        assert_eq!(error["field"].as_str(), field, "{url}: {body}");
        assert!(text.contains(words), "{url}: {body}");
        assert!(!text.contains("xyzzy"), "{url}: {body}");
        assert!(
            error["message"].as_str().unwrap().ends_with('.'),
            "{url}: {body}"
        );
    }
    let (status, body) = add(&server, &right(&format!("127.0.0.1:{port}/postgres"))).await;
    assert_eq!(status, 201, "{body}");
    for path in ["/api/v1/databases", "/api/v1/databases/new"] {
        let text = server.administrator.get(path).await.text().await.unwrap();
        assert!(
            !text.contains("xyzzy") && !text.contains("127.0.0.1"),
            "{text}"
        );
    }
    let sealed: Vec<u8> = server
        .app
        .store
        .client()
        .await
        .unwrap()
        .query_one("select url_sealed from databases where name = 'new'", &[])
        .await
        .unwrap()
        .get(0);
    assert!(!String::from_utf8_lossy(&sealed).contains("xyzzy"));
}

fn variable(name: &str, url: &str) -> EnvironmentDatabase {
    EnvironmentDatabase {
        name: name.to_owned(),
        url: ConnectionUrl::parse(url).unwrap(),
    }
}

async fn remove_missing(server: &Server, found: &[EnvironmentDatabase]) {
    let store = &server.app.store;
    let missing = EnvironmentDatabase::missing(store, found).await.unwrap();
    EnvironmentDatabase::remove(store, &missing).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_adds_refreshes_removes_and_brings_back() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let app = &server.app;
    let follow = async |found: &[EnvironmentDatabase]| {
        EnvironmentDatabase::follow(&app.store, &app.key, found)
            .await
            .unwrap();
        remove_missing(&server, found).await;
    };
    let ada = &server.administrator;
    let found = [variable("copper", &server.data_url())];
    follow(&found).await;
    let (_, body) = status_and_body(ada.get("/api/v1/databases/copper").await).await;
    assert_eq!(body["open_to"], "administrators");
    assert_eq!(
        status_and_body(mia.get("/api/v1/databases/copper").await)
            .await
            .0,
        404
    );
    let clip = ada
        .create_clip_on("copper", "select current_database()::text as name")
        .await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);

    // Somebody opened it, and its URL changed: it stays open.
    ada.patch("/api/v1/databases/copper", &json!({"open_to": "members"}))
        .await;
    let moved = format!(
        "{}?connect_timeout=3",
        shared().host_url("reader", "127.0.0.1", &server.data)
    );
    follow(&[variable("copper", &moved)]).await;
    assert_eq!(
        status_and_body(mia.get("/api/v1/databases/copper").await)
            .await
            .0,
        200
    );
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);

    follow(&[]).await;
    assert_eq!(
        status_and_body(ada.get("/api/v1/databases/copper").await)
            .await
            .0,
        404
    );
    // Another process did this; the server notices within a second.
    let deadline = Instant::now() + Duration::from_secs(30);
    let (status, body) = loop {
        let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
        if status != 200 || Instant::now() > deadline {
            break (status, body);
        }
    };
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("database_removed"))
    );
    assert_eq!(
        status_and_body(ada.get("/api/v1/databases/data").await)
            .await
            .0,
        200,
        "what was added by hand stays"
    );

    follow(&found).await;
    while server.rows(&clip, "csv").await.status() != 200 {
        assert!(Instant::now() < deadline, "it does not come back");
    }
    assert_eq!(
        status_and_body(mia.get("/api/v1/databases/copper").await)
            .await
            .0,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_database_is_listed_with_the_clips_it_left_and_comes_back_as_it_was() {
    let server = Server::start().await;
    let app = &server.app;
    let found = [variable("copper", &server.data_url())];
    EnvironmentDatabase::follow(&app.store, &app.key, &found)
        .await
        .unwrap();
    let ada = &server.administrator;
    let stays = ada.create_clip_on("copper", "select 1 as one").await;
    let moves = ada.create_clip_on("copper", "select 2 as two").await;
    let goes = ada.create_clip_on("copper", "select 3 as three").await;
    ada.patch(
        &format!("/api/v1/clips/{}", moves.slug),
        &json!({"database": "data"}),
    )
    .await;
    ada.delete(&format!("/api/v1/clips/{}", goes.slug)).await;

    let data = Database::find_by_name(&app.store, "data").await.unwrap();
    let data = data.unwrap();
    assert_eq!((data.source, data.removed_at), (Source::Added, None));
    let copper = Database::find_by_name(&app.store, "copper").await.unwrap();
    let copper = copper.unwrap();
    assert_eq!(copper.source, Source::Environment);
    assert!(copper.created_at >= data.created_at);
    let clips = Database::clips_of_all(&app.store).await.unwrap();
    assert_eq!(clips, HashMap::from([(data.id, 1), (copper.id, 1)]));
    assert_eq!(clips[&copper.id], copper.clips(&app.store).await.unwrap());
    assert!(Database::removed(&app.store).await.unwrap().is_empty());

    remove_missing(&server, &[]).await;
    let removed = Database::removed(&app.store).await.unwrap();
    let [removed] = &removed[..] else {
        panic!("{removed:?}");
    };
    assert_eq!(removed.id, copper.id);
    assert!(removed.removed_at.unwrap() >= copper.created_at);
    let clips = Database::clips_of_all(&app.store).await.unwrap();
    assert_eq!(clips[&removed.id], 1);

    let restored = removed.restore(&app.store).await.unwrap();
    assert_eq!(
        (restored.is_removed, restored.source),
        (false, Source::Added)
    );
    remove_missing(&server, &[]).await;
    assert_eq!(server.rows(&stays, "csv").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_store_in_the_environment_is_never_queried() {
    let server = Server::start().await;
    let app = &server.app;
    let store = shared().socket_url("keeper", &server.data.replace("data", "store"));
    let found = [variable("heroku", &store)];
    EnvironmentDatabase::follow(&app.store, &app.key, &found)
        .await
        .unwrap();
    let clip = server
        .administrator
        .create_clip_on("heroku", "select * from users")
        .await;
    assert_eq!(clip.body["warning"]["code"], "database_refused");
    let (status, body) = status_and_body(server.rows(&clip, "json").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (503, &json!("database_refused")),
        "{body}"
    );
}
