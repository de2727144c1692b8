//! What a grant opens, to whom, and until when.

use dataclips::model::Role;
use serde_json::json;

use super::{grant, share, unverify};
use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_opens_a_protected_clip_to_its_verified_address_alone() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let clip = owner.create_clip("select 1 as one").await;
    let visitors = [
        server.user("gus@example.com", Role::Guest).await,
        server.user("mia@example.com", Role::Member).await,
        server.user("gus@mail.example.com", Role::Guest).await,
        server.user("una@example.com", Role::Guest).await,
    ];
    unverify(&server, "una@example.com").await;
    for (to, statuses) in [
        ("gus@example.com", [200, 403, 403, 403]),
        ("Gus@Example.com", [200, 403, 403, 403]),
        ("una@example.com", [403; 4]),
        ("@example.com", [200, 200, 403, 403]),
        ("@mail.example.com", [403, 403, 200, 403]),
        ("@ample.com", [403; 4]),
    ] {
        for may in ["see", "edit"] {
            grant(&owner, &clip, &[(to, may)]).await;
            for (visitor, status) in visitors.iter().zip(statuses) {
                for path in [
                    format!("/{}", clip.slug),
                    format!("/{}.csv", clip.slug),
                    format!("/api/v1/clips/{}", clip.slug),
                ] {
                    assert_eq!(
                        visitor.get(&path).await.status(),
                        status,
                        "{to} {may} {path}"
                    );
                }
                let renamed = json!({"title": "Renamed"});
                let path = format!("/api/v1/clips/{}", clip.slug);
                let edits = if may == "edit" { status } else { 403 };
                assert_eq!(
                    visitor.patch(&path, &renamed).await.status(),
                    edits,
                    "{to} {may}"
                );
            }
            let nobody = server.anonymous().get(&format!("/{}.csv", clip.slug)).await;
            assert_eq!(nobody.status(), 401);
        }
    }
    grant(&owner, &clip, &[]).await;
    let revoked = visitors[0].get(&format!("/{}.csv", clip.slug)).await;
    assert_eq!(revoked.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_edits_what_they_may_query_and_owns_nothing() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let clip = owner.create_clip("select 1 as one").await;
    let editor = server.user("eda@example.com", Role::Member).await;
    let guest = server.user("gus@example.com", Role::Guest).await;
    let named = [("eda@example.com", "edit"), ("gus@example.com", "edit")];
    grant(&owner, &clip, &named).await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    for (change, member, visitor) in [
        (json!({"sql": "select 2 as two"}), 200, 403),
        (json!({"title": "Ours"}), 200, 200),
    ] {
        assert_eq!(
            editor.patch(&path, &change).await.status(),
            member,
            "{change}"
        );
        assert_eq!(
            guest.patch(&path, &change).await.status(),
            visitor,
            "{change}"
        );
    }
    for client in [&editor, &guest] {
        assert_eq!(client.delete(&path).await.status(), 403);
        assert_eq!(client.get(&format!("{path}/access")).await.status(), 403);
        assert_eq!(share(client, &clip, &json!({"anyone": true})).await.0, 403);
    }
    assert_eq!(
        owner
            .get(&format!("/{}.csv", clip.slug))
            .await
            .text()
            .await
            .unwrap(),
        "two\n2\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_is_in_the_list_and_its_hidden_query_is_not_found() {
    let server = Server::start().await;
    let owner = server.user("olga@example.com", Role::Member).await;
    let clip = owner.create_clip("select 'needle' as hay").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    assert_eq!(
        owner
            .patch(&path, &json!({"show_sql": false}))
            .await
            .status(),
        200
    );
    let guest = server.user("gus@example.com", Role::Guest).await;
    let unverified = server.user("una@example.org", Role::Guest).await;
    unverify(&server, "una@example.org").await;
    for (grants, listed, found) in [
        (vec![], 0, 0),
        (vec![("gus@example.com", "see")], 1, 0),
        (vec![("@example.com", "see")], 1, 0),
        (vec![("gus@example.com", "edit")], 1, 1),
        (
            vec![("@example.com", "edit"), ("gus@example.com", "see")],
            1,
            1,
        ),
    ] {
        grant(&owner, &clip, &grants).await;
        for (search, count) in [
            ("", listed),
            ("?search=needle", found),
            ("?search=test", listed),
        ] {
            let (_, list) =
                status_and_body(guest.get(&format!("/api/v1/clips{search}")).await).await;
            assert_eq!(
                list["clips"].as_array().unwrap().len(),
                count,
                "{grants:?} {search}"
            );
        }
        let (_, body) = status_and_body(guest.get(&path).await).await;
        assert_eq!(body["sql"].is_string(), found == 1, "{grants:?} {body}");
    }
    grant(&owner, &clip, &[("@example.org", "edit")]).await;
    let (_, list) = status_and_body(unverified.get("/api/v1/clips").await).await;
    assert_eq!(list["clips"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_returned_as_it_was_put() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = &server.administrator;
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    assert_eq!(
        status_and_body(ada.get(&path).await).await.1,
        json!({"anyone": true, "grants": []})
    );
    let grants = json!([
        {"to": "@example.org", "may": "see"},
        {"to": "ada@example.com", "may": "see"},
        {"to": "ada@example.com", "may": "edit"},
    ]);
    let (status, body) = share(ada, &clip, &json!({"grants": grants})).await;
    assert_eq!(status, 200, "{body}");
    // The stronger of two to the same counts; what was not named stays.
    let kept =
        json!([{"to": "@example.org", "may": "see"}, {"to": "ada@example.com", "may": "edit"}]);
    assert_eq!((&body["anyone"], &body["grants"]), (&json!(true), &kept));
    let (_, body) = share(ada, &clip, &json!({"anyone": false})).await;
    assert_eq!((&body["anyone"], &body["grants"]), (&json!(false), &kept));
    assert_eq!(
        status_and_body(ada.get(&path).await).await.1["grants"],
        kept
    );
    let (_, body) = share(
        ada,
        &clip,
        &json!({"grants": [{"to": "@gmail.com", "may": "see"}]}),
    )
    .await;
    assert!(
        body["warnings"][0].as_str().unwrap().contains("gmail.com"),
        "{body}"
    );
    assert_eq!(body["grants"].as_array().unwrap().len(), 1);

    for (access, field) in [
        (
            json!({"grants": [{"to": "nobody", "may": "see"}]}),
            "grants[0].to",
        ),
        (
            json!({"grants": [{"to": "a@b.c", "may": "own"}]}),
            "grants[0].may",
        ),
        (json!({"everyone": true}), "everyone"),
        (json!({"anyone": "yes"}), "anyone"),
    ] {
        let (status, body) = share(ada, &clip, &access).await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (422, &json!(field)),
            "{body}"
        );
    }
    let many: Vec<_> = (0..1_001)
        .map(|number| json!({"to": format!("n{number}@example.com"), "may": "see"}))
        .collect();
    let (status, body) = share(ada, &clip, &json!({"grants": many})).await;
    assert_eq!(status, 422, "{body}");
    assert_eq!(
        status_and_body(ada.get(&path).await).await.1["grants"][0]["to"],
        "@gmail.com"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_shows_what_was_shared_with_whom() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = &server.administrator;
    grant(
        ada,
        &clip,
        &[("gus@example.com", "see"), ("@example.org", "edit")],
    )
    .await;
    grant(ada, &clip, &[("gus@example.com", "edit")]).await;
    grant(ada, &clip, &[("gus@example.com", "edit")]).await;
    let trail = ada.get(&format!("/api/v1/clips/{}/trail", clip.slug)).await;
    let (_, body) = status_and_body(trail).await;
    let details: Vec<_> = body["trail"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|deed| deed["what"] == "shared")
        .map(|deed| deed["detail"].as_str().unwrap())
        .collect();
    assert_eq!(
        details,
        [
            "@example.org no longer has access",
            "gus@example.com can edit",
            "gus@example.com can see",
            "@example.org can edit",
            "only authorized users see it",
        ]
    );
}
