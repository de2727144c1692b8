//! Tokens that are limited to one database.

use dataclips::model::{Database, Email, NewToken, Role, Token, User};
use reqwest::Method;
use serde_json::{Value, json};

use super::{account, location};
use crate::support::{Client, Server, status_and_body};

/// A client with a token of the administrator for `data` alone, beside another database.
async fn limited(server: &Server) -> Client {
    server.add_database("other", &server.data_url()).await;
    let store = &server.app.store;
    let email = Email::parse("ada@example.com").unwrap();
    let user = User::find_by_email(store, &email).await.unwrap().unwrap();
    let database = Database::find_by_name(store, "data").await.unwrap();
    let new = NewToken {
        database: database.as_ref(),
        ..NewToken::named("reports")
    };
    let token = Token::create(store, &user, &new).await.unwrap();
    server.anonymous().with_token(token.as_str())
}

async fn status_of(client: &Client, method: Method, path: &str, body: &Value) -> u16 {
    let request = client.request(method, path);
    let request = match body {
        Value::Null => request,
        body => request.json(body),
    };
    request.send().await.unwrap().status().as_u16()
}

async fn read(client: &Client, path: &str) -> Value {
    status_and_body(client.get(path).await).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_database_reaches_no_other() {
    let server = Server::start().await;
    let client = limited(&server).await;
    let ada = &server.administrator;
    let ours = ada.create_clip("select 1 as n").await.slug;
    let other = ada.create_clip_on("other", "select 2 as n").await.slug;
    let removed = ada.create_clip_on("other", "select 3 as n").await.slug;
    let removal = ada.delete(&format!("/api/v1/clips/{removed}")).await;
    assert_eq!(removal.status(), 204);
    let (get, post) = (Method::GET, Method::POST);
    let none = Value::Null;
    let sql = |database: &str| json!({"database": database, "sql": "select 4 as n"});
    let clip = |database: &str| json!({"title": "New", "database": database, "sql": "select 5"});
    for (method, path, body, status) in [
        (&get, format!("/api/v1/clips/{ours}"), none.clone(), 200),
        (&get, format!("/{ours}.csv"), none.clone(), 200),
        (&get, format!("/{ours}"), none.clone(), 200),
        (&get, format!("/api/v1/clips/{other}"), none.clone(), 403),
        // Although it is open to anyone.
        (&get, format!("/{other}.csv"), none.clone(), 403),
        (&get, format!("/{other}"), none.clone(), 403),
        (&get, format!("/{other}.sql"), none.clone(), 403),
        (&get, format!("/{other}/history"), none.clone(), 403),
        (
            &get,
            format!("/api/v1/clips/{other}/versions"),
            none.clone(),
            403,
        ),
        (
            &get,
            format!("/api/v1/clips/{other}/results"),
            none.clone(),
            403,
        ),
        (
            &get,
            format!("/api/v1/clips/{other}/access"),
            none.clone(),
            403,
        ),
        (
            &Method::PATCH,
            format!("/api/v1/clips/{other}"),
            json!({"title": "x"}),
            403,
        ),
        (
            &Method::PUT,
            format!("/api/v1/clips/{other}/pin"),
            json!({}),
            403,
        ),
        (
            &Method::DELETE,
            format!("/api/v1/clips/{other}"),
            none.clone(),
            403,
        ),
        (&post, format!("/api/v1/clips/{other}/fork"), json!({}), 403),
        (
            &post,
            format!("/api/v1/clips/{removed}/restore"),
            json!({}),
            403,
        ),
        (&post, "/api/v1/preview".into(), sql("data"), 200),
        (&post, "/api/v1/preview".into(), sql("other"), 422),
        (&post, "/api/v1/clips".into(), clip("data"), 201),
        (&post, "/api/v1/clips".into(), clip("other"), 422),
        (
            &Method::PATCH,
            format!("/api/v1/clips/{ours}"),
            json!({"database": "other"}),
            422,
        ),
        (
            &get,
            "/api/v1/databases/data/schema".into(),
            none.clone(),
            200,
        ),
        (
            &get,
            "/api/v1/databases/other/schema".into(),
            none.clone(),
            404,
        ),
        (&get, "/api/v1/people".into(), none.clone(), 403),
        (&get, "/api/v1/audit".into(), none.clone(), 403),
        (&get, "/api/v1/runs".into(), none.clone(), 403),
        (&get, "/api/v1/settings".into(), none.clone(), 403),
        (&get, "/metrics".into(), none.clone(), 403),
        (
            &Method::PATCH,
            "/api/v1/databases/data".into(),
            json!({"name": "x"}),
            403,
        ),
    ] {
        let answered = status_of(&client, method.clone(), &path, &body).await;
        assert_eq!(answered, status, "{method} {path}");
    }
    let refused = read(&client, &format!("/{other}.json")).await;
    let words = refused["error"]["message"].as_str().unwrap();
    assert!(words.contains("limited to the database “data”"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_database_lists_only_what_is_on_it() {
    let server = Server::start().await;
    let client = limited(&server).await;
    let ada = &server.administrator;
    let ours = ada.create_clip("select 1 as n").await.slug;
    let other = ada.create_clip_on("other", "select 2 as n").await.slug;
    let tags = json!({"tags": ["secret"]});
    let tagged = ada.patch(&format!("/api/v1/clips/{other}"), &tags).await;
    assert_eq!(tagged.status(), 200);
    for path in [
        "/api/v1/clips",
        "/api/v1/clips?search=select",
        "/api/v1/clips?owner=ada@example.com",
    ] {
        let body = read(&client, path).await;
        let clips = body["clips"].as_array().unwrap();
        let slugs: Vec<_> = clips
            .iter()
            .map(|clip| clip["slug"].as_str().unwrap())
            .collect();
        assert_eq!(slugs, [ours.as_str()], "{path}");
    }
    let page = client.get("/").await.text().await.unwrap();
    assert!(page.contains(&ours) && !page.contains(&other), "{page}");
    assert!(!page.contains("secret"), "{page}");
    let path = "/api/v1/databases";
    let body = read(&client, path).await;
    assert_eq!(body["databases"].as_array().unwrap().len(), 1, "{body}");
    assert_eq!(body["databases"][0]["name"], "data");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_database_reads_no_version_on_another() {
    let server = Server::start().await;
    let client = limited(&server).await;
    let ada = &server.administrator;
    let slug = ada
        .create_clip_on("other", "select 'theirs' as n")
        .await
        .slug;
    let path = format!("/api/v1/clips/{slug}");
    let moved = json!({"database": "data", "sql": "select 'ours' as n"});
    assert_eq!(ada.patch(&path, &moved).await.status(), 200);
    let rows = |rest: &str| format!("/{slug}.csv{rest}");
    assert_eq!(
        client.get(&rows("")).await.text().await.unwrap(),
        "n\nours\n"
    );
    assert_eq!(client.get(&rows("?version=1")).await.status(), 403);
    let old_page = client.get(&format!("/{slug}?version=1")).await;
    assert_eq!(old_page.status(), 403);
    let versions = read(&client, &format!("{path}/versions")).await;
    let versions = versions["versions"].as_array().unwrap();
    let shown: Vec<bool> = versions
        .iter()
        .map(|version| version["sql"].is_string())
        .collect();
    assert_eq!(shown, [true, false], "{versions:?}");
    let history = client
        .get(&format!("/{slug}/history"))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        history.contains("ours") && !history.contains("theirs"),
        "{history}"
    );
    let fork = json!({"version": 1});
    let forked = client.post(&format!("{path}/fork"), &fork).await;
    assert_eq!(forked.status(), 403);
    // Pinned to rows of the other database, it has nothing to show.
    let pin = json!({"version": 1});
    assert_eq!(ada.put(&format!("{path}/pin"), &pin).await.status(), 200);
    assert_eq!(client.get(&rows("")).await.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_what_it_does_not_open_through_it() {
    let server = Server::start().await;
    let client = limited(&server).await;
    let ada = &server.administrator;
    let theirs = "select {{word}} as n";
    let slug = ada.create_clip_on("other", theirs).await.slug;
    let path = format!("/api/v1/clips/{slug}");
    let ran = ada.get(&format!("/{slug}.csv?word=undertow")).await;
    assert_eq!(ran.status(), 200);
    let protected = json!({"anyone": false});
    let access = format!("{path}/access");
    assert_eq!(ada.put(&access, &protected).await.status(), 200);
    let moved = json!({"database": "data", "sql": "select 'ours' as n"});
    assert_eq!(ada.patch(&path, &moved).await.status(), 200);
    let rows = client.get(&format!("/{slug}.csv")).await;
    assert_eq!(rows.text().await.unwrap(), "n\nours\n");

    let (put, post, patch) = (Method::PUT, Method::POST, Method::PATCH);
    let old = json!({"version": 1, "values": {"word": "undertow"}});
    for (method, path, body, status) in [
        (&put, format!("{path}/pin"), old, 403),
        (
            &put,
            format!("{path}/pin"),
            json!({"version": 1, "result": 1}),
            403,
        ),
        (&put, format!("{path}/pin"), json!({}), 200),
        (&post, format!("{path}/links"), json!({"label": "x"}), 403),
        (&put, access, json!({"anyone": true}), 403),
        (&patch, path.clone(), json!({"show_sql": true}), 403),
        (&patch, path.clone(), json!({"show_sql": false}), 200),
    ] {
        let answered = status_of(&client, method.clone(), &path, &body).await;
        assert_eq!(answered, status, "{method} {path} {body}");
    }
    let all = read(ada, &format!("{path}/results")).await;
    assert!(all.to_string().contains("undertow"), "{all}");
    for path in [format!("{path}/results"), format!("/{slug}/history")] {
        let seen = client.get(&path).await.text().await.unwrap();
        assert!(!seen.contains("undertow"), "{path}: {seen}");
    }
    let whole = ada.create_clip("select 1 as n").await.slug;
    let link = format!("/api/v1/clips/{whole}/links");
    let made = client.post(&link, &json!({"label": "x"})).await;
    assert_eq!(made.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_its_database_to_another_name_and_to_its_removal() {
    let server = Server::start().await;
    let client = limited(&server).await;
    let ada = &server.administrator;
    let slug = ada.create_clip("select 1 as n").await.slug;
    let renamed = json!({"name": "facts"});
    let path = "/api/v1/databases/data";
    assert_eq!(ada.patch(path, &renamed).await.status(), 200);
    let rows = format!("/{slug}.csv");
    assert_eq!(client.get(&rows).await.status(), 200);
    let sql = json!({"database": "facts", "sql": "select 1"});
    assert_eq!(client.post("/api/v1/preview", &sql).await.status(), 200);
    let people = read(&client, "/api/v1/people").await;
    let words = people["error"]["message"].as_str().unwrap();
    assert!(words.contains("limited to the database “facts”"), "{words}");

    let removed = ada.delete("/api/v1/databases/facts?force=1").await;
    assert_eq!(removed.status(), 204);
    let again = json!({"name": "data", "url": server.data_url(), "open_to": "members"});
    let added = ada.post("/api/v1/databases", &again).await;
    assert_eq!(added.status(), 201);
    let sql = json!({"database": "data", "sql": "select 1"});
    assert_eq!(client.post("/api/v1/preview", &sql).await.status(), 422);
    let databases = read(&client, "/api/v1/databases").await;
    assert_eq!(databases["databases"], json!([]), "{databases}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_offers_only_databases_that_the_person_may_query() {
    let server = Server::start().await;
    let closed = json!({"name": "closed", "url": server.data_url()});
    let added = server
        .administrator
        .post("/api/v1/databases", &closed)
        .await;
    assert_eq!(added.status(), 201);
    server.user("mia@example.com", Role::Member).await;
    let browser = server.signed_in("mia@example.com").await;
    let store = server.app.store.clone();
    let number = async |name: &str| {
        let database = Database::find_by_name(&store, name).await.unwrap();
        database.unwrap().id.to_string()
    };
    let page = account(&browser).await;
    assert!(
        page.contains("Only data<") && !page.contains("Only closed<"),
        "{page}"
    );
    let fields = |database: &str| {
        [
            ("name", "sheet"),
            ("expires", "never"),
            ("read", "1"),
            ("database", database),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let submit = async |database: &str| {
        let fields = fields(database);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        browser.submit("/account/tokens", &fields).await
    };
    for wrong in [number("closed").await.as_str(), "0", "x"] {
        assert_eq!(submit(wrong).await.status(), 422, "{wrong}");
    }
    let made = submit(&number("data").await).await;
    assert_eq!(made.status(), 303);
    let page = browser.get(&location(&made)).await.text().await.unwrap();
    assert!(page.contains("<span>only data</span>"), "{page}");
}
