//! The form with which owners share a clip.

use dataclips::model::Role;
use serde_json::json;

use super::grant;
use crate::support::{Client, Clip, Server, status_and_body};

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
        status_and_body(self.owner.get(&path).await).await.1
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
        .get(&format!("/{}/share", stage.clip.slug))
        .await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("@example.org") && page.contains("may:gus@example.com"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_grant_changes_by_itself_and_one_that_was_not_shown_stays() {
    let stage = Stage::set().await;
    let before = [
        ("gus@example.com", "see"),
        ("@example.org", "edit"),
        ("mia@example.com", "see"),
    ];
    grant(&stage.owner, &stage.clip, &before).await;
    let typed = [
        ("anyone", "0"),
        ("was_anyone", "0"),
        ("was:gus@example.com", "see"),
        ("may:gus@example.com", "edit"),
        ("was:@example.org", "edit"),
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
async fn a_list_that_cannot_be_read_comes_back_as_it_was_typed() {
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
    let share = format!("/{}/share", stage.clip.slug);
    let page = editor.get(&share).await;
    assert_eq!(page.status(), 200);
    assert!(!page.text().await.unwrap().contains("id=\"permissions\""));
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
        ada.get(&share)
            .await
            .text()
            .await
            .unwrap()
            .contains("id=\"permissions\"")
    );
    assert_eq!(stage.access().await["anyone"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_two_people_make_at_once_both_hold() {
    let stage = Stage::set().await;
    let before = [
        ("gus@example.com", "see"),
        ("eda@example.com", "see"),
        ("mia@example.com", "see"),
    ];
    grant(&stage.owner, &stage.clip, &before).await;
    let ada = stage.server.signed_in("ada@example.com").await;
    let share = format!("/{}/share", stage.clip.slug);
    let page = ada.get(&share).await.text().await.unwrap();
    // Everything as the page has it, and one more.
    let field = |name: &str| {
        let (_, rest) = page
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let mut fields = vec![
        ("anyone".to_owned(), "0".to_owned()),
        ("was_anyone".to_owned(), field("was_anyone")),
        ("added".to_owned(), "new@example.com".to_owned()),
        ("added_may".to_owned(), "see".to_owned()),
    ];
    for (to, may) in before {
        fields.push((format!("may:{to}"), may.to_owned()));
        fields.push((format!("was:{to}"), field(&format!("was:{to}"))));
    }

    let meanwhile = json!({"anyone": true, "grants": [
        {"to": "eda@example.com", "may": "edit"},
        {"to": "mia@example.com", "may": "see"},
    ]});
    let path = format!("/api/v1/clips/{}/access", stage.clip.slug);
    assert_eq!(stage.owner.put(&path, &meanwhile).await.status(), 200);

    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let permissions = format!("/{}/permissions", stage.clip.slug);
    assert_eq!(ada.submit(&permissions, &fields).await.status(), 303);
    let access = stage.access().await;
    assert_eq!(access["anyone"], true);
    let after = json!([
        {"to": "eda@example.com", "may": "edit"},
        {"to": "mia@example.com", "may": "see"},
        {"to": "new@example.com", "may": "see"},
    ]);
    assert_eq!(access["grants"], after);

    // A change of what was revoked meanwhile brings nothing back.
    let late = [
        ("anyone", "1"),
        ("was_anyone", "1"),
        ("was:gus@example.com", "see"),
        ("may:gus@example.com", "edit"),
        ("added", ""),
        ("added_may", "see"),
    ];
    assert_eq!(ada.submit(&permissions, &late).await.status(), 303);
    assert_eq!(stage.access().await["grants"], after);
}
