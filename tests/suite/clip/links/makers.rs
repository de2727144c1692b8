//! A link ends when the person who made it may no longer manage its clip.

use dataclips::model::Role;
use serde_json::json;

use super::*;
use crate::support::{Client, status_and_body};

/// A protected clip of an analyst, with a link that they made.
struct Stage {
    server: Server,
    ann: Client,
    clip: Clip,
    secret: String,
}

impl Stage {
    async fn set() -> Self {
        let server = Server::start().await;
        let ann = server.user("ann@example.com", Role::Member).await;
        server.user("mia@example.com", Role::Member).await;
        let clip = ann.create_clip("select 1 as a").await;
        protect(&server, &clip).await;
        let secret = link_by(&server, &clip, "ann@example.com").await;
        Self {
            server,
            ann,
            clip,
            secret,
        }
    }

    async fn status(&self) -> u16 {
        let answer = ask_by(&self.server, &self.clip, ".csv", &self.secret).await;
        answer.status().as_u16()
    }

    async fn sql(&self, sql: &str) {
        let store = self.server.app.store.client().await.unwrap();
        assert_eq!(store.execute(sql, &[]).await.unwrap(), 1, "{sql}");
    }

    async fn transfer(&self, by: &Client, changes: serde_json::Value) {
        let path = format!("/api/v1/clips/{}", self.clip.slug);
        assert_eq!(by.patch(&path, &changes).await.status(), 200);
    }

    /// The clip's links, as the API lists them.
    async fn links(&self) -> Vec<serde_json::Value> {
        let path = format!("/api/v1/clips/{}/links", self.clip.slug);
        let (_, body) = status_and_body(self.server.administrator.get(&path).await).await;
        body["links"].as_array().unwrap().clone()
    }

    async fn activity(&self) -> String {
        let path = format!("/api/v1/clips/{}/trail", self.clip.slug);
        let (_, body) = status_and_body(self.server.administrator.get(&path).await).await;
        body["trail"][0]["detail"].as_str().unwrap().to_owned()
    }
}

async fn link_by(server: &Server, clip: &Clip, maker: &str) -> String {
    let (clip, maker) = (model_of(server, clip).await, user(server, maker).await);
    let made = ClipLink::create(&server.app.store, &clip, &maker, &EVERY).await;
    made.unwrap().1.as_str().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_ends_the_former_owners_links() {
    let stage = Stage::set().await;
    assert_eq!(stage.status().await, 200);
    let changes = json!({"owner": "mia@example.com"});
    stage.transfer(&stage.ann, changes).await;
    assert_eq!(stage.status().await, 401);
    assert_eq!(stage.links().await.len(), 0);
    let activity = stage.activity().await;
    assert_eq!(activity, "to mia@example.com; 1 clip link ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_owner_may_keep_them() {
    let stage = Stage::set().await;
    let ann = stage.server.signed_in("ann@example.com").await;
    let settings = ann.get(&format!("/{}/settings", stage.clip.slug)).await;
    let settings = settings.text().await.unwrap();
    assert!(
        settings.contains("Keep 1 clip link of the current owner."),
        "{settings}"
    );
    let typed = [("email", "mia@example.com"), ("keep_links", "1")];
    let path = format!("/{}/owner", stage.clip.slug);
    assert_eq!(ann.submit(&path, &typed).await.status(), 303);
    assert_eq!(stage.status().await, 200);
    assert_eq!(stage.links().await[0]["made_by"], "mia@example.com");
    let activity = stage.activity().await;
    assert_eq!(activity, "to mia@example.com, who keeps 1 clip link");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_somebody_who_left_work_again_once_the_new_owner_keeps_them() {
    let stage = Stage::set().await;
    stage
        .sql("insert into user_deactivations select id from users where email = 'ann@example.com'")
        .await;
    assert_eq!(stage.status().await, 401);
    assert_eq!(stage.links().await[0]["ended"], true);
    let kept = json!({"owner": "mia@example.com", "keep_links": true});
    stage.transfer(&stage.server.administrator, kept).await;
    assert_eq!(stage.status().await, 200);
    assert_eq!(stage.links().await[0]["ended"], false);
}

/// As in a store in which the clip was transferred before links ended with that.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_to_edit_is_not_enough() {
    let stage = Stage::set().await;
    let grants = json!({"grants": [{"to": "ann@example.com", "may": "edit"}]});
    let path = format!("/api/v1/clips/{}/access", stage.clip.slug);
    let granted = stage.server.administrator.put(&path, &grants).await;
    assert_eq!(granted.status(), 200);
    assert_eq!(stage.status().await, 200);
    stage
        .sql("update clips set owner_id = (select id from users where email = 'mia@example.com') where owner_id = (select id from users where email = 'ann@example.com')")
        .await;
    assert_eq!(stage.status().await, 401);
    let ada = stage.server.signed_in("ada@example.com").await;
    let page = ada.get(&format!("/{}/share", stage.clip.slug)).await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("ended: its creator can no longer manage this clip"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_an_administrator_ends_with_the_role() {
    let mut stage = Stage::set().await;
    let bob = "bob@example.com";
    stage.server.user(bob, Role::Administrator).await;
    stage.secret = link_by(&stage.server, &stage.clip, bob).await;
    let changes = json!({"owner": "mia@example.com"});
    stage.transfer(&stage.ann, changes).await;
    assert_eq!(stage.status().await, 200, "only the former owner's end");
    for role in ["member", "guest"] {
        stage
            .sql(&format!(
                "update users set role = '{role}' where email = '{bob}'"
            ))
            .await;
        assert_eq!(stage.status().await, 401, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_gives_a_clip_away_keeps_managing_it() {
    let mut stage = Stage::set().await;
    let ada = "ada@example.com";
    stage
        .transfer(&stage.server.administrator, json!({"owner": ada}))
        .await;
    stage.secret = link_by(&stage.server, &stage.clip, ada).await;
    let changes = json!({"owner": "mia@example.com"});
    stage.transfer(&stage.server.administrator, changes).await;
    assert_eq!(stage.status().await, 200);
    assert_eq!(stage.links().await[0]["made_by"], ada);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_nobody_opens_nothing() {
    let stage = Stage::set().await;
    stage.sql("update clip_links set user_id = null").await;
    assert_eq!(stage.status().await, 401);
}
