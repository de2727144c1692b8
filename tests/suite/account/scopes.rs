//! What a token's scopes let it do: route × scope → status.

use dataclips::model::{Email, NewToken, Role, Scope, Token, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Server};

/// A client with a token of this user that has these scopes.
async fn client(server: &Server, email: &str, scopes: &[Scope]) -> Client {
    let store = &server.app.store;
    let email = Email::parse(email).unwrap();
    let user = User::find_by_email(store, &email).await.unwrap().unwrap();
    let new = NewToken {
        scopes,
        ..NewToken::named("test")
    };
    let token = Token::create(store, &user, &new).await;
    server.anonymous().with_token(token.unwrap().as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_its_scopes_say_and_nothing_else() {
    let server = Server::start().await;
    let slug = server.create_clip("select 1 as n").await.slug;
    let clip = format!("/api/v1/clips/{slug}");
    let new = json!({"title": "New", "database": "data", "sql": "select 2"});
    let query = json!({"database": "data", "sql": "select 3"});
    let invited = json!({"email": "new@example.com", "role": "guest"});
    let rows: [(Method, String, Value, [u16; 4]); 12] = [
        // In the order of Scope::ALL: read, query, write, admin.
        (
            Method::GET,
            "/api/v1/clips".into(),
            Value::Null,
            [200, 403, 403, 403],
        ),
        (Method::GET, clip.clone(), Value::Null, [200, 403, 403, 403]),
        (
            Method::GET,
            format!("/{slug}.json"),
            Value::Null,
            [200, 403, 403, 403],
        ),
        (
            Method::GET,
            format!("/{slug}"),
            Value::Null,
            [200, 403, 403, 403],
        ),
        (
            Method::POST,
            "/api/v1/preview".into(),
            query,
            [403, 200, 403, 403],
        ),
        (
            Method::POST,
            "/api/v1/clips".into(),
            new,
            [403, 403, 201, 403],
        ),
        (
            Method::PATCH,
            clip.clone(),
            json!({"title": "Old"}),
            [403, 403, 200, 403],
        ),
        (
            Method::POST,
            format!("{clip}/fork"),
            json!({}),
            [403, 403, 201, 403],
        ),
        (
            Method::GET,
            "/api/v1/databases".into(),
            Value::Null,
            [200, 403, 403, 200],
        ),
        (
            Method::GET,
            "/api/v1/people".into(),
            Value::Null,
            [403, 403, 403, 200],
        ),
        (
            Method::GET,
            "/api/v1/settings".into(),
            Value::Null,
            [403, 403, 403, 200],
        ),
        (
            Method::POST,
            "/api/v1/people".into(),
            invited,
            [403, 403, 403, 201],
        ),
    ];
    for (number, scope) in Scope::ALL.into_iter().enumerate() {
        let client = client(&server, "ada@example.com", &[scope]).await;
        for (method, path, body, statuses) in &rows {
            let request = client.request(method.clone(), path);
            let request = match body {
                Value::Null => request,
                body => request.json(body),
            };
            let answer = request.send().await.unwrap();
            let expected = statuses[number];
            assert_eq!(answer.status(), expected, "{method} {path} with {scope:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_scope_admin_an_administrators_token_acts_as_a_members() {
    let server = Server::start().await;
    let bob = server.user("bob@example.com", Role::Member).await;
    let clip = bob.create_clip("select 1 as n").await;
    let access = format!("/api/v1/clips/{}/access", clip.slug);
    let protected = json!({"anyone": false, "grants": []});
    assert_eq!(bob.put(&access, &protected).await.status(), 200);
    let rows = format!("/{}.json", clip.slug);
    let email = "ada@example.com";
    let limited = client(&server, email, &[Scope::Read, Scope::Write]).await;
    assert_eq!(limited.get(&rows).await.status(), 403);
    assert_eq!(limited.put(&access, &protected).await.status(), 403);
    let full = client(&server, email, &[Scope::Read, Scope::Admin]).await;
    assert_eq!(full.get(&rows).await.status(), 200);
    // A member's token never administrates, whatever it says.
    let members = client(&server, "bob@example.com", &Scope::ALL).await;
    assert_eq!(members.get("/api/v1/people").await.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_earlier_release_keeps_everything() {
    let server = Server::start().await;
    let old = client(&server, "ada@example.com", &[Scope::Read]).await;
    assert_eq!(old.get("/api/v1/people").await.status(), 403);
    let store = server.app.store.client().await.unwrap();
    let sql = "update tokens set scopes = null";
    store.execute(sql, &[]).await.unwrap();
    assert_eq!(old.get("/api/v1/people").await.status(), 200);
    old.create_clip("select 1").await;
    let browser = server.signed_in("ada@example.com").await;
    let page = super::account(&browser).await;
    assert!(page.contains("read, query, write, admin"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_offers_admin_to_administrators_alone_and_wants_a_choice() {
    let server = Server::start().await;
    server.user("bob@example.com", Role::Member).await;
    for (email, is_offered) in [("ada@example.com", true), ("bob@example.com", false)] {
        let browser = server.signed_in(email).await;
        let page = super::account(&browser).await;
        assert_eq!(page.contains("name=\"admin\""), is_offered, "{email}");
        let none = [("name", "x"), ("expires", "never")];
        let answer = browser.submit("/account/tokens", &none).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        assert!(page.contains("Choose what the token may do."), "{page}");
    }
}
