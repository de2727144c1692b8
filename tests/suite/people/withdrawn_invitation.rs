//! An invitation to the wrong address is withdrawn without a trace.

use dataclips::model::Role;
use serde_json::json;

use super::*;
use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_withdrawn_with_its_link() {
    let server = Server::start().await;
    let ada = server.signed_in("ada@example.com").await;
    let new = json!({"email": "wrong@example.com", "role": "member"});
    let (status, invited) =
        status_and_body(server.administrator.post("/api/v1/people", &new).await).await;
    assert_eq!(status, 201, "{invited}");
    let link = invited["link"].as_str().unwrap().replace(&server.url, "");
    let person = path_of(&server, "wrong@example.com").await;
    assert!(page(&ada, &person).await.contains("Withdraw invitation"));
    let taken = ada.submit(&format!("{person}/removal"), &[]).await;
    assert_eq!(taken.headers()["location"], "/people");
    assert!(!page(&ada, "/people").await.contains("wrong@example.com"));
    assert_eq!(server.anonymous().get(&link).await.status(), 404);
    // As unknown as before.
    let again = server.administrator.post("/api/v1/people", &new).await;
    assert_eq!(again.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_has_signed_in_stays() {
    let server = Server::start().await;
    server.user("mia@example.com", Role::Member).await;
    let ada = &server.administrator;
    let (status, body) = status_and_body(ada.delete("/api/v1/people/mia@example.com").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (409, &json!("conflict")),
        "{body}"
    );
    let path = link(&server, "mia@example.com", Purpose::Reset, "/").await;
    let refused = ada.delete("/api/v1/people/mia@example.com").await;
    assert_eq!(refused.status(), 409);
    assert_eq!(server.anonymous().get(&path).await.status(), 200);

    let new = json!({"email": "wrong@example.com", "role": "guest"});
    assert_eq!(ada.post("/api/v1/people", &new).await.status(), 201);
    assert_eq!(
        ada.delete("/api/v1/people/wrong@example.com")
            .await
            .status(),
        204
    );
    assert_eq!(
        ada.delete("/api/v1/people/wrong@example.com")
            .await
            .status(),
        404
    );
}
