//! Addresses that an earlier version accepted, and that would be refused today, stay readable.

use dataclips::model::Role;
use serde_json::json;

use super::add;
use crate::support::{PASSWORD, Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_address_that_would_be_refused_today_is_still_shown_and_moved() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    add(&server, "a..b@example.com").await;
    let client = server.app.store.client().await.unwrap();
    let sql = "insert into clip_grants (clip_id, grantee, may)
               select id, grantee, 'see' from clips, unnest($2::text[]) as grantee where slug = $1";
    let grantees = ["@example..com", "a..b@example.com"];
    client
        .execute(sql, &[&clip.slug, &grantees.as_slice()])
        .await
        .unwrap();
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let (status, access) = status_and_body(server.administrator.get(&path).await).await;
    assert_eq!(status, 200, "{access}");
    let shown = access["grants"].as_array().unwrap().iter();
    let shown: Vec<_> = shown.map(|grant| grant["to"].as_str().unwrap()).collect();
    assert_eq!(shown, grantees);
    let person = server
        .administrator
        .get("/api/v1/people")
        .await
        .text()
        .await
        .unwrap();
    assert!(person.contains("a..b@example.com"), "{person}");

    let restored = server.import(&server.export().await).await;
    assert!(restored.is_ok(), "{restored:?}");

    let new = json!({"email": "c..d@example.com", "role": "guest"});
    let (status, refusal) =
        status_and_body(server.administrator.post("/api/v1/people", &new).await).await;
    assert_eq!(status, 422, "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_such_an_address_signs_in_and_a_grant_to_it_is_removed_on_the_page() {
    let server = Server::start().await;
    server.user("old@example.com", Role::Member).await;
    let client = server.app.store.client().await.unwrap();
    let renamed = "update users set email = 'o..ld@example.com' where email = 'old@example.com'";
    client.batch_execute(renamed).await.unwrap();
    let signed_in = server
        .anonymous()
        .sign_in("O..ld@example.com", PASSWORD)
        .await;
    assert_eq!(signed_in.status(), 303);

    let clip = server.create_clip("select 1 as one").await;
    let sql = "insert into clip_grants (clip_id, grantee, may)
               select id, 'o..ld@example.com', 'see' from clips where slug = $1";
    client.execute(sql, &[&clip.slug]).await.unwrap();
    let form = [
        ("anyone", "0"),
        ("may:o..ld@example.com", ""),
        ("was:o..ld@example.com", "see"),
    ];
    let path = format!("/{}/permissions", clip.slug);
    let saved = server
        .signed_in("ada@example.com")
        .await
        .submit(&path, &form)
        .await;
    assert_eq!(saved.status(), 303);
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let (_, access) = status_and_body(server.administrator.get(&path).await).await;
    assert_eq!(access["grants"], json!([]), "{access}");
}
