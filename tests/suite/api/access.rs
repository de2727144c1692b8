//! Route × visitor → status.

use dataclips::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Clip, Server, told};

/// In the order of the table's columns.
const VISITORS: [&str; 8] = [
    "nobody",
    "bad token",
    "guest",
    "member without the database",
    "member with it",
    "owner",
    "owner who lost the database",
    "administrator",
];

struct Stage {
    server: Server,
    visitors: Vec<Client>,
    owner: Client,
    /// Clips of the owner who lost the database.
    lost: Vec<Clip>,
}

impl Stage {
    async fn set(routes: usize) -> Self {
        let server = Server::start().await;
        let guest = server.user("gus@example.com", Role::Guest).await;
        let without = server.user("max@example.com", Role::Member).await;
        let with = server.user("mia@example.com", Role::Member).await;
        let owner = server.user("olga@example.com", Role::Member).await;
        let loser = server.user("leo@example.com", Role::Member).await;
        let mut lost = Vec::new();
        for _ in 0..routes {
            lost.push(loser.create_clip("select 1 as one").await);
        }
        let named = json!({"open_to": ["mia@example.com", "olga@example.com"]});
        let answer = server
            .administrator
            .patch("/api/v1/databases/data", &named)
            .await;
        assert_eq!(answer.status(), 200);
        let closed = json!({"name": "closed", "url": server.data_url()});
        assert_eq!(
            server
                .administrator
                .post("/api/v1/databases", &closed)
                .await
                .status(),
            201
        );
        let visitors = vec![
            server.anonymous(),
            server.anonymous().with_token("dataclips_wrong"),
            guest,
            without,
            with,
            owner.clone(),
            loser,
            server.administrator.clone(),
        ];
        Self {
            server,
            visitors,
            owner,
            lost,
        }
    }

    /// A clip for one request.
    async fn clip(&mut self, visitor: usize, is_protected: bool) -> Clip {
        let clip = match VISITORS[visitor] {
            "owner who lost the database" => self.lost.pop().unwrap(),
            _ => self.owner.create_clip("select 1 as one").await,
        };
        if is_protected {
            let store = self.server.app.store.client().await.unwrap();
            store
                .execute(
                    "update clips set anyone = false where slug = $1",
                    &[&clip.slug],
                )
                .await
                .unwrap();
        }
        clip
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_each_visitor_as_he_may() {
    let new = json!({"title": "New", "database": "data", "sql": "select 1"});
    let (title, sql) = (json!({"title": "Changed"}), json!({"sql": "select 2"}));
    let (to_closed, sample) = (
        json!({"database": "closed"}),
        json!({"name": "x", "url": "not a url"}),
    );
    let (open_to, nowhere) = (
        json!({"open_to": ["mia@example.com", "olga@example.com"]}),
        json!({"to": "nowhere"}),
    );
    let anyone = json!({"default_access": "anyone"});
    let owner = json!({"owner": "mia@example.com", "show_sql": false});
    let none = Value::Null;
    let table = [
        (
            Method::GET,
            "/api/v1/clips",
            &none,
            [401, 401, 200, 200, 200, 200, 200, 200],
        ),
        (
            Method::POST,
            "/api/v1/clips",
            &new,
            [401, 401, 422, 422, 201, 201, 422, 201],
        ),
        (
            Method::GET,
            "/api/v1/clips/{open}",
            &none,
            [401, 401, 200, 200, 200, 200, 200, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/clips/{open}",
            &title,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/clips/{open}",
            &owner,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/clips/{open}",
            &sql,
            [401, 401, 403, 403, 403, 200, 403, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/clips/{open}",
            &to_closed,
            [401, 401, 403, 403, 403, 422, 422, 200],
        ),
        (
            Method::DELETE,
            "/api/v1/clips/{open}",
            &none,
            [401, 401, 403, 403, 403, 204, 204, 204],
        ),
        (
            Method::POST,
            "/api/v1/clips/{open}/restore",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/api/v1/clips/{open}/versions",
            &none,
            [401, 401, 200, 200, 200, 200, 200, 200],
        ),
        (
            Method::POST,
            "/api/v1/clips/{open}/fork",
            &none,
            [401, 401, 403, 403, 201, 201, 403, 201],
        ),
        (
            Method::POST,
            "/api/v1/clips/{protected}/fork",
            &none,
            [401, 401, 403, 403, 403, 201, 403, 201],
        ),
        (
            Method::GET,
            "/api/v1/clips/{open}/trail",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/{open}/trail",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/{protected}/trail",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (Method::GET, "/{open}", &none, [200; 8]),
        (Method::GET, "/{open}.csv", &none, [200; 8]),
        (Method::GET, "/{open}.nothing", &none, [404; 8]),
        (
            Method::GET,
            "/api/v1/clips/{protected}",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/clips/{protected}",
            &title,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::DELETE,
            "/api/v1/clips/{protected}",
            &none,
            [401, 401, 403, 403, 403, 204, 204, 204],
        ),
        (
            Method::POST,
            "/api/v1/clips/{protected}/restore",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/api/v1/clips/{protected}/versions",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/{protected}",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/{protected}.json",
            &none,
            [401, 401, 403, 403, 403, 200, 200, 200],
        ),
        (
            Method::GET,
            "/{protected}.nothing",
            &none,
            [401, 401, 403, 403, 403, 404, 404, 404],
        ),
        (
            Method::GET,
            "/api/v1/databases",
            &none,
            [401, 401, 200, 200, 200, 200, 200, 200],
        ),
        (
            Method::POST,
            "/api/v1/databases",
            &sample,
            [401, 401, 403, 403, 403, 403, 403, 422],
        ),
        (
            Method::GET,
            "/api/v1/databases/data",
            &none,
            [401, 401, 404, 404, 200, 200, 404, 200],
        ),
        (
            Method::GET,
            "/api/v1/databases/closed",
            &none,
            [401, 401, 404, 404, 404, 404, 404, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/databases/data",
            &open_to,
            [401, 401, 403, 403, 403, 403, 403, 200],
        ),
        (
            Method::DELETE,
            "/api/v1/databases/data",
            &none,
            [401, 401, 403, 403, 403, 403, 403, 409],
        ),
        (
            Method::POST,
            "/api/v1/databases/data/move",
            &nowhere,
            [401, 401, 403, 403, 403, 403, 403, 422],
        ),
        (
            Method::GET,
            "/api/v1/settings",
            &none,
            [401, 401, 403, 403, 403, 403, 403, 200],
        ),
        (
            Method::PATCH,
            "/api/v1/settings",
            &anyone,
            [401, 401, 403, 403, 403, 403, 403, 200],
        ),
        (Method::GET, "/api/openapi.json", &none, [200; 8]),
        (Method::GET, "/", &none, [200; 8]),
    ];
    let mut stage = Stage::set(table.len()).await;
    for (method, route, body, statuses) in table {
        for (visitor, status) in statuses.into_iter().enumerate() {
            let mut path = route.to_owned();
            let mut slug = None;
            if route.contains("{open}") || route.contains("{protected}") {
                let clip = stage.clip(visitor, route.contains("{protected}")).await;
                path = route
                    .replace("{open}", &clip.slug)
                    .replace("{protected}", &clip.slug);
                slug = Some(clip.slug);
            }
            let mut request = stage.visitors[visitor].request(method.clone(), &path);
            if !body.is_null() {
                request = request.json(body);
            }
            let answer = request.send().await.unwrap();
            let what = format!("{method} {route} {body} by {}", VISITORS[visitor]);
            let challenge = answer
                .headers()
                .get("www-authenticate")
                .map(|value| value.to_str().unwrap().to_owned());
            let got = answer.status().as_u16();
            let text = answer.text().await.unwrap();
            assert_eq!(got, status, "{what}: {text}");
            if status == 401 {
                assert_eq!(challenge.as_deref(), Some("Bearer"), "{what}");
            }
            if status >= 400 {
                // A page may say where it is, which its visitor knows.
                let slug = slug.filter(|_| !text.starts_with("<!doctype html>"));
                let slug = slug.unwrap_or("no slug".to_owned());
                assert!(!text.contains(&slug), "{what}: {text}");
                assert!(
                    !text.contains("closed")
                        || route.contains("closed")
                        || body["database"] == "closed",
                    "{what}: {text}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_one_may_not_query_is_as_unknown() {
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
        let created = told(mia.post("/api/v1/clips", &new).await).await;
        let read = told(mia.get(&format!("/api/v1/databases/{name}")).await).await;
        let told = format!("{created:?} {read:?}");
        assert!(told.contains("There is no"), "{told}");
        answers.push(told.replace(name, "NAME"));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_living_token_in_the_header_counts() {
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
        let (got, body) = told(request.send().await.unwrap()).await;
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
        told(server.administrator.get("/api/v1/clips").await)
            .await
            .0,
        401
    );
}
