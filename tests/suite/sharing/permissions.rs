//! The form with which owners share a clip.

use dataclips::model::Role;
use serde_json::json;

use super::grant;
use crate::support::{Client, Clip, Server, told};

struct Stage {
    server: Server,
    owner: Client,
    browser: Client,
    clip: Clip,
}

impl Stage {
    async fn set() -> Self {
        let server = Server::start().await;
        let owner = server.user("olga@example.com", Role::Member).await;
        server.user("gus@example.com", Role::Guest).await;
        Self {
            browser: server.signed_in("olga@example.com").await,
            clip: owner.create_clip("select 1 as one").await,
            owner,
            server,
        }
    }

    async fn save(&self, fields: &[(&str, &str)]) -> reqwest::Response {
        let path = format!("/{}/permissions", self.clip.slug);
        self.browser.submit(&path, fields).await
    }

    async fn access(&self) -> serde_json::Value {
        let path = format!("/api/v1/clips/{}/access", self.clip.slug);
        told(self.owner.get(&path).await).await.1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_addresses_and_domains_are_granted() {
    let stage = Stage::set().await;
    let pasted = "Gus@example.com, <mia@example.com>;\r\n@example.org\tada@example.com";
    let typed = [("anyone", "0"), ("added", pasted), ("added_may", "edit")];
    let answer = stage.save(&typed).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let access = stage.access().await;
    assert_eq!(access["anyone"], false);
    let to: Vec<_> = access["grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grant| grant["to"].as_str().unwrap())
        .collect();
    assert_eq!(
        to,
        [
            "@example.org",
            "ada@example.com",
            "gus@example.com",
            "mia@example.com"
        ]
    );
    let page = stage
        .browser
        .get(&format!("/{}/settings", stage.clip.slug))
        .await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("@example.org") && page.contains("may:gus@example.com"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_grant_changes_alone_and_one_that_was_not_shown_stays() {
    let stage = Stage::set().await;
    let before = [
        ("gus@example.com", "see"),
        ("@example.org", "edit"),
        ("mia@example.com", "see"),
    ];
    grant(&stage.owner, &stage.clip, &before).await;
    let typed = [
        ("anyone", "0"),
        ("may:gus@example.com", "edit"),
        ("may:@example.org", "none"),
        ("added", ""),
        ("added_may", "see"),
    ];
    assert_eq!(stage.save(&typed).await.status(), 303);
    let after =
        json!([{"to": "gus@example.com", "may": "edit"}, {"to": "mia@example.com", "may": "see"}]);
    assert_eq!(stage.access().await["grants"], after);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_comes_back_as_it_was_typed() {
    let stage = Stage::set().await;
    grant(&stage.owner, &stage.clip, &[("gus@example.com", "see")]).await;
    let typed = [
        ("anyone", "1"),
        ("may:gus@example.com", "none"),
        ("added", "mia@example.com nobody @"),
        ("added_may", "edit"),
    ];
    let answer = stage.save(&typed).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    for part in [
        "mia@example.com nobody @",
        "such as @example.com: nobody, @.",
        "value=\"none\" selected",
        "value=\"1\" checked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(stage.access().await["anyone"], false);
    assert_eq!(stage.access().await["grants"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_and_administrators_see_and_change_them() {
    let stage = Stage::set().await;
    stage.server.user("eda@example.com", Role::Member).await;
    grant(&stage.owner, &stage.clip, &[("eda@example.com", "edit")]).await;
    let editor = stage.server.signed_in("eda@example.com").await;
    let settings = format!("/{}/settings", stage.clip.slug);
    let page = editor.get(&settings).await;
    assert_eq!(page.status(), 200);
    assert!(!page.text().await.unwrap().contains("Security permissions"));
    let path = format!("/{}/permissions", stage.clip.slug);
    assert_eq!(editor.submit(&path, &[("anyone", "1")]).await.status(), 403);
    assert_eq!(
        stage
            .server
            .anonymous()
            .submit(&path, &[("anyone", "1")])
            .await
            .status(),
        401
    );
    let ada = stage.server.signed_in("ada@example.com").await;
    assert!(
        ada.get(&settings)
            .await
            .text()
            .await
            .unwrap()
            .contains("Security permissions")
    );
    assert_eq!(stage.access().await["anyone"], false);
}
