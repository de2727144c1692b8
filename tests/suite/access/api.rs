//! Databases and tokens that do not count. Who may call what: see `access/table.rs`.

use dataclips::model::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_one_may_not_query_looks_unknown() {
    let server = Server::start().await;
    let closed = json!({"name": "closed", "url": server.data_url()});
    assert_eq!(
        server
            .administrator
            .post("/api/v1/databases", &closed)
            .await
            .status(),
        201
    );
    let mia = server.user("mia@example.com", Role::Member).await;
    let mut answers = Vec::new();
    for name in ["closed", "nothing"] {
        let new = json!({"title": "x", "database": name, "sql": "select 1"});
        let created = status_and_body(mia.post("/api/v1/clips", &new).await).await;
        let read = status_and_body(mia.get(&format!("/api/v1/databases/{name}")).await).await;
        let told = format!("{created:?} {read:?}");
        assert!(told.contains("There is no"), "{told}");
        answers.push(told.replace(name, "NAME"));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_token_in_the_header_counts() {
    let server = Server::start().await;
    let token = server.administrator.token().to_owned();
    let list = |path: &str| server.anonymous().request(Method::GET, path);
    for (request, status) in [
        (list("/api/v1/clips").bearer_auth(&token), 200),
        (
            list("/api/v1/clips").header("authorization", format!("bearer  {token}")),
            200,
        ),
        (
            list("/api/v1/clips").header("authorization", format!("Basic {token}")),
            401,
        ),
        (
            list("/api/v1/clips").header("authorization", token.clone()),
            401,
        ),
        (
            list("/api/v1/clips").header("cookie", format!("token={token}; session={token}")),
            401,
        ),
        (
            list(&format!("/api/v1/clips?access-token={token}&token={token}")),
            401,
        ),
        (
            list("/api/v1/clips").bearer_auth(&token[..token.len() - 1]),
            401,
        ),
        (list("/api/v1/clips").bearer_auth(""), 401),
    ] {
        let (got, body) = status_and_body(request.send().await.unwrap()).await;
        assert_eq!(got, status, "{body}");
        assert!(!body.to_string().contains(&token[..20]), "{body}");
    }
    let store = server.app.store.client().await.unwrap();
    store
        .execute(
            "update tokens set expires_at = now() - interval '1 second'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(
        status_and_body(server.administrator.get("/api/v1/clips").await)
            .await
            .0,
        401
    );
}
