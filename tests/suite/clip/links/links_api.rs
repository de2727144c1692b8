//! Links made, listed and revoked by programs.

use dataclips::model::Role;
use serde_json::{Value, json};

use super::*;
use crate::support::status_and_body;

fn links_of(clip: &Clip) -> String {
    format!("/api/v1/clips/{}/links", clip.slug)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_used_listed_and_revoked() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = protected(&server, "select 1 as a").await;
    let links = links_of(&clip);
    let (status, body) =
        status_and_body(ada.post(&links, &json!({"label": " sheet "})).await).await;
    assert_eq!(status, 201, "{body}");
    let secret = body["token"].as_str().unwrap();
    let url = format!("{}/{}.csv?access-token={secret}", server.url, clip.slug);
    assert_eq!(body["url"], url);
    let id = body["id"].as_i64().unwrap();
    let path = url.strip_prefix(&server.url).unwrap();
    let rows = server.anonymous().get(path).await;
    assert_eq!(rows.text().await.unwrap(), "a\n1\n");

    let (status, listed) = status_and_body(ada.get(&links).await).await;
    assert_eq!(status, 200);
    assert!(!listed.to_string().contains(secret), "{listed}");
    let listed = &listed["links"];
    assert_eq!(listed.as_array().unwrap().len(), 1);
    for (key, value) in [
        ("id", json!(id)),
        ("label", json!("sheet")),
        ("formats", Value::Null),
        ("expires_at", Value::Null),
    ] {
        assert_eq!(listed[0][key], value, "{key}");
    }
    assert!(listed[0]["created_at"].is_string() && listed[0]["last_used_at"].is_string());

    let one = format!("{links}/{id}");
    assert_eq!(ada.delete(&one).await.status(), 204);
    assert_eq!(ada.delete(&one).await.status(), 404);
    assert_eq!(ada.delete(&format!("{links}/x")).await.status(), 404);
    assert_eq!(server.anonymous().get(path).await.status(), 401);
    let (_, listed) = status_and_body(ada.get(&links).await).await;
    assert_eq!(listed, json!({"links": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_and_an_expiry_are_stored_as_sent() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let new = json!({
        "label": "workbook", "formats": ["xls", "json", "xlsx"], "expires_at": "2999-01-31T12:00:00+01:00",
    });
    let answer = server.administrator.post(&links_of(&clip), &new).await;
    let (status, body) = status_and_body(answer).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["formats"], json!(["json", "xlsx"]));
    assert_eq!(body["expires_at"], "2999-01-31T11:00:00Z");
    let url = body["url"].as_str().unwrap();
    assert!(url.contains(".json?access-token=dataclips_link_"), "{url}");
    let secret = body["token"].as_str().unwrap();
    for (rest, status) in [(".json", 200), (".xls", 200), (".csv", 403)] {
        let answer = ask_by(&server, &clip, rest, secret).await;
        assert_eq!(answer.status(), status, "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_link_is_refused_with_the_name_of_the_field() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let long = "ü".repeat(101);
    for (body, field) in [
        (json!({}), None),
        (json!({"label": " "}), Some("label")),
        (json!({"label": long}), Some("label")),
        (json!({"label": 1}), Some("label")),
        (json!({"label": "a", "formats": []}), Some("formats")),
        (json!({"label": "a", "formats": ["pdf"]}), Some("formats")),
        (json!({"label": "a", "formats": "csv"}), Some("formats")),
        (
            json!({"label": "a", "expires_at": "tomorrow"}),
            Some("expires_at"),
        ),
        (
            json!({"label": "a", "expires_at": "2020-01-31T12:00:00Z"}),
            Some("expires_at"),
        ),
        (json!({"label": "a", "expires": "never"}), Some("expires")),
    ] {
        let answer = server.administrator.post(&links_of(&clip), &body).await;
        let (status, told) = status_and_body(answer).await;
        match field {
            Some(field) => {
                assert_eq!(status, 422, "{body}");
                assert_eq!(told["error"]["field"], field, "{body}: {told}");
            }
            None => assert!((400..500).contains(&status), "{body}"),
        }
    }
    let (_, listed) = status_and_body(server.administrator.get(&links_of(&clip)).await).await;
    assert_eq!(listed, json!({"links": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_has_100_links_at_most() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let store = server.app.store.client().await.unwrap();
    let fill = "insert into clip_links (clip_id, label, hash)
                select clips.id, 'one of many', decode(md5(number::text), 'hex')
                from clips, generate_series(1, 99) as number
                where slug = $1";
    store.execute(fill, &[&clip.slug]).await.unwrap();
    let new = json!({"label": "sheet"});
    let links = links_of(&clip);
    let last = server.administrator.post(&links, &new).await;
    let (status, last) = status_and_body(last).await;
    assert_eq!(status, 201);
    let refused = server.administrator.post(&links, &new).await;
    let (status, body) = status_and_body(refused).await;
    assert_eq!((status, &body["error"]["field"]), (422, &json!("label")));
    let words = body["error"]["message"].as_str().unwrap();
    assert!(words.contains("at most 100 links"), "{words}");
    let one = format!("{links}/{}", last["id"]);
    assert_eq!(server.administrator.delete(&one).await.status(), 204);
    let again = server.administrator.post(&links, &new).await;
    assert_eq!(again.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_for_the_owner_and_administrators() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let member = server.user("mia@example.com", Role::Member).await;
    let guest = server.user("gus@example.com", Role::Guest).await;
    let clip = owner.create_clip("select 1 as a").await;
    let links = links_of(&clip);
    let new = json!({"label": "sheet"});
    let (_, made) = status_and_body(owner.post(&links, &new).await).await;
    let one = format!("{links}/{}", made["id"]);
    for (client, status) in [(&server.anonymous(), 401), (&guest, 403), (&member, 403)] {
        assert_eq!(client.get(&links).await.status(), status);
        assert_eq!(client.post(&links, &new).await.status(), status);
        assert_eq!(client.delete(&one).await.status(), status);
    }
    let other = server.create_clip("select 1 as a").await;
    let elsewhere = format!("{}/{}", links_of(&other), made["id"]);
    assert_eq!(server.administrator.delete(&elsewhere).await.status(), 404);
    assert_eq!(server.administrator.get(&links).await.status(), 200);
    assert_eq!(server.administrator.delete(&one).await.status(), 204);
    remove(&server, &clip).await;
    assert_eq!(owner.get(&links).await.status(), 410);
    assert_eq!(owner.post(&links, &new).await.status(), 410);
}
