//! The visitors, and the clips that they open.

use std::collections::HashMap;

use dataclips::model::{self, ClipLink, Email, NewClipLink, Role, Slug, User};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Client, Clip, Server};

/// In the order of the table's columns.
pub const VISITORS: [&str; 18] = [
    "nobody",
    "bad token",
    "user token in the address",
    "deactivated owner",
    "guest",
    "guest granted",
    "guest by domain",
    "guest by domain, unverified",
    "member without the database",
    "member with it",
    "editor",
    "owner",
    "owner who lost the database",
    "administrator",
    "link",
    "link expired",
    "link revoked",
    "link of another clip",
];

/// Must not appear to visitors who may not see the clip.
pub const TITLE: &str = "Payroll of the board";
pub const SQL: &str = "select 'confidential' as disclosed";

/// The parts of a clip that requests could change.
const KEPT: [&str; 11] = [
    "title",
    "description",
    "tags",
    "database",
    "sql",
    "version",
    "owner",
    "pinned",
    "show_sql",
    "max_age",
    "serve_stale",
];

/// Whose clip a visitor opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Owner {
    Olga,
    WithoutDatabase,
    Deactivated,
}

impl Owner {
    fn of_clip_before(visitor: &str) -> Self {
        match visitor {
            "owner who lost the database" => Self::WithoutDatabase,
            "deactivated owner" => Self::Deactivated,
            _ => Self::Olga,
        }
    }
}

pub struct Stage {
    pub server: Server,
    clients: HashMap<&'static str, Client>,
    olga: Client,
    /// An owner who lost the database, and the clips that they made before.
    leo: Client,
    lost: Vec<Clip>,
    /// Clips for requests that change nothing, by owner and whether they are protected.
    shown: HashMap<(Owner, bool), Clip>,
    /// Secrets, by visitor and clip.
    links: HashMap<(String, String), String>,
}

impl Stage {
    /// With this many clips for the owner who lost the database.
    pub async fn set(lost: usize) -> Self {
        let server = Server::start().await;
        let mut clients = HashMap::new();
        for (name, email, role) in [
            ("guest", "gus@example.com", Role::Guest),
            ("guest granted", "gil@example.com", Role::Guest),
            ("guest by domain", "dora@example.org", Role::Guest),
            (
                "guest by domain, unverified",
                "una@example.org",
                Role::Guest,
            ),
            (
                "member without the database",
                "max@example.com",
                Role::Member,
            ),
            ("member with it", "mia@example.com", Role::Member),
            ("editor", "eda@example.com", Role::Member),
            ("deactivated owner", "dan@example.com", Role::Member),
        ] {
            clients.insert(name, server.user(email, role).await);
        }
        let olga = server.user("olga@example.com", Role::Member).await;
        let leo = server.user("leo@example.com", Role::Member).await;
        let mut stage = Self {
            clients,
            olga: olga.clone(),
            leo: leo.clone(),
            lost: Vec::new(),
            shown: HashMap::new(),
            links: HashMap::new(),
            server,
        };
        for _ in 0..lost {
            let clip = stage.create(&leo).await;
            stage.lost.push(clip);
        }
        let dan = stage.clients["deactivated owner"].clone();
        for (owner, client) in [
            (Owner::Olga, &olga),
            (Owner::WithoutDatabase, &leo),
            (Owner::Deactivated, &dan),
        ] {
            for is_protected in [false, true] {
                let clip = stage.create(client).await;
                stage.share(client, &clip, is_protected).await;
                stage.shown.insert((owner, is_protected), clip);
            }
        }
        stage.close().await;
        stage
    }

    /// Takes the database from some and the verification from one, and deactivates one.
    async fn close(&self) {
        let ada = &self.server.administrator;
        let named = json!({"open_to": ["mia@example.com", "eda@example.com", "olga@example.com"]});
        let answer = ada.patch("/api/v1/databases/data", &named).await;
        assert_eq!(answer.status(), 200);
        let closed = json!({"name": "closed", "url": self.server.data_url()});
        let answer = ada.post("/api/v1/databases", &closed).await;
        assert_eq!(answer.status(), 201);
        let store = self.server.app.store.client().await.unwrap();
        store
            .batch_execute(
                "update users set verified_at = null where email = 'una@example.org';
                 insert into user_deactivations (user_id) select id from users where email = 'dan@example.com';",
            )
            .await
            .unwrap();
    }

    /// A clip for requests that change nothing.
    pub fn shown(&self, visitor: &str, is_protected: bool) -> Clip {
        let clip = &self.shown[&(Owner::of_clip_before(visitor), is_protected)];
        Clip {
            slug: clip.slug.clone(),
            body: clip.body.clone(),
        }
    }

    /// A clip that one request may change.
    pub async fn new_clip(&mut self, visitor: &str, is_protected: bool) -> Clip {
        let (owner, clip) = match Owner::of_clip_before(visitor) {
            Owner::Olga => (self.olga.clone(), self.create(&self.olga).await),
            Owner::WithoutDatabase => (self.leo.clone(), self.lost.pop().unwrap()),
            Owner::Deactivated => panic!("a deactivated owner changes nothing"),
        };
        self.share(&owner, &clip, is_protected).await;
        clip
    }

    /// Requests that were refused have changed nothing.
    pub async fn expect_unchanged(&self) {
        for clip in self.shown.values() {
            let path = format!("/api/v1/clips/{}", clip.slug);
            let body: serde_json::Value = self
                .server
                .administrator
                .get(&path)
                .await
                .json()
                .await
                .unwrap();
            for key in KEPT {
                assert_eq!(body[key], clip.body[key], "{key} of {path}");
            }
        }
    }

    /// A request as this visitor makes it.
    pub async fn request(
        &mut self,
        visitor: &str,
        clip: Option<&Clip>,
        method: Method,
        path: &str,
    ) -> RequestBuilder {
        let nobody = self.server.anonymous();
        if let Some(client) = self.clients.get(visitor) {
            return client.request(method, path);
        }
        match visitor {
            "nobody" => nobody.request(method, path),
            "bad token" => nobody.request(method, path).bearer_auth("dataclips_wrong"),
            "user token in the address" => {
                let token = self.olga.token();
                let separator = if path.contains('?') { '&' } else { '?' };
                nobody.request(method, &format!("{path}{separator}access-token={token}"))
            }
            "owner" => self.olga.request(method, path),
            "owner who lost the database" => self.leo.request(method, path),
            "administrator" => self.server.administrator.request(method, path),
            _ => {
                let secret = match clip {
                    Some(clip) => self.secret(visitor, clip).await,
                    None => "dataclips_link_none".to_owned(),
                };
                nobody.request(method, path).bearer_auth(secret)
            }
        }
    }

    async fn create(&self, owner: &Client) -> Clip {
        let new = json!({"title": TITLE, "database": "data", "sql": SQL});
        let answer = owner.post("/api/v1/clips", &new).await;
        assert_eq!(answer.status(), 201);
        let body: serde_json::Value = answer.json().await.unwrap();
        let slug = body["slug"].as_str().unwrap().to_owned();
        Clip { slug, body }
    }

    async fn share(&self, owner: &Client, clip: &Clip, is_protected: bool) {
        let access = json!({"anyone": !is_protected, "grants": [
            {"to": "gil@example.com", "may": "see"},
            {"to": "@example.org", "may": "see"},
            {"to": "eda@example.com", "may": "edit"},
        ]});
        let path = format!("/api/v1/clips/{}/access", clip.slug);
        assert_eq!(owner.put(&path, &access).await.status(), 200);
    }

    async fn secret(&mut self, visitor: &str, clip: &Clip) -> String {
        let key = (visitor.to_owned(), clip.slug.clone());
        if let Some(secret) = self.links.get(&key) {
            return secret.clone();
        }
        let secret = self.link(visitor, clip).await;
        self.links.insert(key, secret.clone());
        secret
    }

    /// The secret of a link in this state.
    async fn link(&self, state: &str, clip: &Clip) -> String {
        let store = &self.server.app.store;
        let other = &self.shown[&(Owner::WithoutDatabase, true)];
        let slug = match state {
            "link of another clip" if other.slug != clip.slug => &other.slug,
            "link of another clip" => &self.shown[&(Owner::Olga, true)].slug,
            _ => &clip.slug,
        };
        let clip = model::Clip::find_by_slug(store, &Slug::parse(slug).unwrap()).await;
        let ada = Email::parse("ada@example.com").unwrap();
        let ada = User::find_by_email(store, &ada).await.unwrap().unwrap();
        let ended = Timestamp::now() - SignedDuration::from_secs(1);
        let new = NewClipLink {
            label: "sheet",
            formats: None,
            values: None,
            expires_at: (state == "link expired").then_some(ended),
        };
        let made = ClipLink::create(store, &clip.unwrap().unwrap(), &ada, &new).await;
        let (link, secret) = made.unwrap();
        if state == "link revoked" {
            let client = store.client().await.unwrap();
            let sql = "delete from clip_links where id = $1";
            assert_eq!(client.execute(sql, &[&link.id]).await.unwrap(), 1);
        }
        secret.as_str().to_owned()
    }
}
