//! Grants to people who have no account yet: an administrator verifies their address, a member does not.

use dataclips::model::Role;
use serde_json::{Value, json};

use super::*;
use crate::support::{Client, Clip, Server, free_port, status_and_body};

/// Grants a clip to somebody; returns what happened to each address.
async fn grant(by: &Client, clip: &Clip, to: &str) -> Value {
    let access = json!({"anyone": false, "grants": [{"to": to, "may": "see"}]});
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let (status, body) = status_and_body(by.put(&path, &access).await).await;
    assert_eq!(status, 200, "{body}");
    body["invited"].clone()
}

/// What the list of people shows for an address.
async fn state(server: &Server, address: &str) -> String {
    let list = page(&server.signed_in("ada@example.com").await, "/people").await;
    entry(&list, address).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_gets_the_link_and_vouches() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = &server.administrator;
    let invited = grant(ada, &clip, "gus@example.com").await;
    assert_eq!(invited[0]["state"], "invited", "{invited}");
    assert_eq!(verified(&server, "gus@example.com").await, Some(true));
    assert!(state(&server, "gus@example.com").await.contains("guest"));
    let path = invited[0]["link"].as_str().unwrap();
    let path = path.strip_prefix(&server.url).unwrap();
    let gus = server.anonymous();
    let answer = gus.submit(path, &[("password", "battery staple")]).await;
    assert_eq!(answer.headers()["location"], format!("/{}", clip.slug));
    let seen = gus.get(&format!("/{}.csv", clip.slug)).await;
    assert_eq!(seen.status(), 200);
    grant(ada, &clip, "@example.org").await;
    assert_eq!(grant(ada, &clip, "gus@example.com").await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_invited_by_a_member_is_verified_by_following_the_mail() {
    let (server, mailbox) = Server::with_mail().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as one").await;
    let invited = grant(&mia, &clip, "gus@example.com").await;
    assert_eq!(
        invited,
        json!([{"to": "gus@example.com", "state": "invited"}])
    );
    let mail = mailbox.mail(1).await;
    assert_eq!(mail.to, "gus@example.com");
    assert!(
        mail.text.contains("mia@example.com invited you"),
        "{}",
        mail.text
    );
    assert_eq!(verified(&server, "gus@example.com").await, Some(false));
    assert!(
        state(&server, "gus@example.com")
            .await
            .contains("link not used yet")
    );
    let gus = server.anonymous();
    let chosen = [("password", "battery staple")];
    let answer = gus.submit(&mail.link(), &chosen).await;
    assert_eq!(answer.headers()["location"], format!("/{}", clip.slug));
    assert_eq!(verified(&server, "gus@example.com").await, Some(true));
    let seen = gus.get(&format!("/{}.csv", clip.slug)).await;
    assert_eq!(seen.status(), 200);
    assert_eq!(grant(&mia, &clip, "ada@example.com").await, Value::Null);
    assert_eq!(mailbox.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_a_person_invited_by_a_member_waits_for_an_administrator() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as one").await;
    let invited = grant(&mia, &clip, "gus@example.com").await;
    assert_eq!(
        invited,
        json!([{"to": "gus@example.com", "state": "waiting"}])
    );
    assert!(
        state(&server, "gus@example.com")
            .await
            .contains("waiting for an administrator")
    );
    assert_eq!(verified(&server, "gus@example.com").await, Some(false));
    let gus = path_of(&server, "gus@example.com").await;
    let person = page(&server.signed_in("ada@example.com").await, &gus).await;
    assert!(person.contains("by mia@example.com"), "{person}");
    let browser = server.signed_in("mia@example.com").await;
    let settings = page(&browser, &format!("/{}/share", clip.slug)).await;
    assert!(
        settings.contains("waiting for an administrator"),
        "{settings}"
    );
    assert!(!settings.contains("/enter/"), "{settings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_learns_that_the_mail_failed_and_an_administrator_why() {
    let server = Server::with_mail_by(&format!("smtp://127.0.0.1:{}", free_port())).await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select 1 as one").await;
    let invited = grant(&mia, &clip, "gus@example.com").await;
    assert!(invited[0]["undelivered"].is_string(), "{invited}");
    assert_eq!(invited[0]["link"], Value::Null);
    let gus = path_of(&server, "gus@example.com").await;
    let person = page(&server.signed_in("ada@example.com").await, &gus).await;
    assert!(person.contains("The e-mail could not be sent"), "{person}");
    assert_eq!(verified(&server, "gus@example.com").await, Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_shows_an_administrator_the_link_once() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = server.signed_in("ada@example.com").await;
    let typed = [
        ("anyone", "0"),
        ("added", "gus@example.com hal@example.com"),
        ("added_may", "see"),
    ];
    let saved = ada
        .submit(&format!("/{}/permissions", clip.slug), &typed)
        .await;
    assert_eq!(saved.status(), 303);
    let settings = saved.headers()["location"].to_str().unwrap().to_owned();
    let first = page(&ada, &settings).await;
    assert_eq!(first.matches("/enter/").count(), 2, "{first}");
    let again = page(&ada, &settings).await;
    assert!(!again.contains("/enter/"), "{again}");
    assert!(again.contains("invited, link not used yet"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_new_people_at_once_are_refused() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let many: Vec<Value> = (0..51)
        .map(|number| json!({"to": format!("n{number}@example.com"), "may": "see"}))
        .collect();
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let answer = server
        .administrator
        .put(&path, &json!({"grants": many}))
        .await;
    let (status, body) = status_and_body(answer).await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (422, &json!("grants")),
        "{body}"
    );
    let (_, access) = status_and_body(server.administrator.get(&path).await).await;
    assert_eq!(access["grants"], json!([]));
}
