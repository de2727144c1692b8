//! `/api/v1/people`.

use dataclips::model::Role;
use serde_json::{Value, json};

use super::*;
use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_invites_changes_and_deactivates() {
    let (server, mailbox) = Server::with_mail().await;
    let ada = &server.administrator;
    let new = json!({"email": "Ann@example.com", "role": "member"});
    let (status, body) = status_and_body(ada.post("/api/v1/people", &new).await).await;
    assert_eq!(status, 201, "{body}");
    let link = mailbox.mail(1).await.link();
    assert_eq!(body["link"], format!("{}{link}", server.url));
    for (key, value) in [
        ("email", "ann@example.com"),
        ("role", "member"),
        ("state", "invited"),
    ] {
        assert_eq!(body[key], value, "{body}");
    }
    assert_eq!(body.get("undelivered"), None);
    let (status, body) = status_and_body(ada.post("/api/v1/people", &new).await).await;
    assert_eq!((status, &body["error"]["field"]), (422, &json!("email")));

    let chosen = [("password", "battery staple")];
    let browser = server.anonymous();
    assert_eq!(browser.submit(&link, &chosen).await.status(), 303);
    let ann = "/api/v1/people/ann@example.com";
    for (changes, key, value) in [
        (json!({"role": "guest"}), "role", "guest"),
        (json!({"active": false}), "state", "deactivated"),
        (json!({"role": "member", "active": true}), "state", "active"),
    ] {
        let (status, body) = status_and_body(ada.patch(ann, &changes).await).await;
        assert_eq!((status, &body[key]), (200, &json!(value)), "{body}");
        assert_eq!(body.get("link"), None);
    }
    let (_, list) = status_and_body(ada.get("/api/v1/people").await).await;
    let people = list["people"].as_array().unwrap();
    let emails: Vec<&Value> = people.iter().map(|person| &person["email"]).collect();
    assert_eq!(emails, ["ada@example.com", "ann@example.com"]);
    assert_eq!(people[1]["role"], "member");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_and_returned_with_its_expiry() {
    let server = Server::start().await;
    let path = "/api/v1/people/ada@example.com/link";
    let purpose = json!({"purpose": "reset"});
    let (status, body) = status_and_body(server.administrator.post(path, &purpose).await).await;
    assert_eq!(status, 201, "{body}");
    let link = body["link"].as_str().unwrap().replace(&server.url, "");
    assert_eq!(server.anonymous().get(&link).await.status(), 200);
    let expires_at: jiff::Timestamp = body["expires_at"].as_str().unwrap().parse().unwrap();
    let minutes = expires_at.duration_since(jiff::Timestamp::now()).as_mins();
    assert!((58..=60).contains(&minutes), "{minutes}");
    for (path, purpose, status) in [
        (path, "sign-in", 422),
        (path, "", 422),
        ("/api/v1/people/eve@example.com/link", "reset", 404),
        ("/api/v1/people/eve/link", "reset", 404),
    ] {
        let body = json!({"purpose": purpose});
        let answer = server.administrator.post(path, &body).await;
        assert_eq!(answer.status(), status, "{path} {purpose}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_value_is_refused_with_the_name_of_its_field() {
    let server = Server::start().await;
    for (new, field) in [
        (json!({"email": "nobody", "role": "guest"}), "email"),
        (json!({"email": "ann@example.com", "role": "king"}), "role"),
    ] {
        let (status, body) =
            status_and_body(server.administrator.post("/api/v1/people", &new).await).await;
        assert_eq!((status, &body["error"]["field"]), (422, &json!(field)));
    }
    assert_eq!(verified(&server, "ann@example.com").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_call_it_and_cookies_do_not_count() {
    let server = Server::start().await;
    let cookie = server.signed_in("ada@example.com").await;
    for (client, status) in [
        (server.anonymous(), 401),
        (cookie, 401),
        (server.user("mia@example.com", Role::Member).await, 403),
        (server.user("gus@example.com", Role::Guest).await, 403),
    ] {
        let new = json!({"email": "eve@example.com", "role": "administrator"});
        let person = "/api/v1/people/ada@example.com";
        let link = format!("{person}/link");
        assert_eq!(client.get("/api/v1/people").await.status(), status);
        assert_eq!(client.post("/api/v1/people", &new).await.status(), status);
        let changes = json!({"active": false});
        assert_eq!(client.patch(person, &changes).await.status(), status);
        let purpose = json!({"purpose": "reset"});
        assert_eq!(client.post(&link, &purpose).await.status(), status);
    }
    assert_eq!(verified(&server, "eve@example.com").await, None);
}
