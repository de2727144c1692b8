//! Roles change and people are deactivated at once; one administrator always remains.

use dataclips::model::{Purpose, Role};
use futures_util::future::join;
use reqwest::StatusCode;
use serde_json::json;

use super::*;
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_person_is_anonymous_at_once() {
    let server = Server::start().await;
    let token = server.user("ann@example.com", Role::Member).await;
    let clip = token.create_clip("select 1 as a").await;
    let browser = server.signed_in("ann@example.com").await;
    let reset = link(&server, "ann@example.com", Purpose::Reset, "/").await;
    let administrator = server.signed_in("ada@example.com").await;
    let ann = path_of(&server, "ann@example.com").await;

    let answer = administrator
        .submit(&format!("{ann}/deactivation"), &[])
        .await;
    assert_eq!(answer.status(), 303);
    let told = page(&administrator, &format!("{ann}?done=deactivated")).await;
    assert!(told.contains("all their browsers are signed out"), "{told}");
    assert!(!is_signed_in(&browser).await);
    assert_eq!(token.get("/api/v1/clips").await.status(), 401);
    let answer = server
        .anonymous()
        .sign_in("ann@example.com", "correct horse")
        .await;
    assert_eq!(answer.status(), 422);
    assert_eq!(server.anonymous().get(&reset).await.status(), 404);
    let path = format!("{ann}/link");
    let answer = administrator.submit(&path, &[("purpose", "reset")]).await;
    assert_eq!(answer.status(), 409);
    // What is open stays open.
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);

    let answer = administrator
        .submit(&format!("{ann}/reactivation"), &[])
        .await;
    assert_eq!(answer.status(), 303);
    assert!(!is_signed_in(&browser).await);
    assert_eq!(token.get("/api/v1/clips").await.status(), 200);
    let answer = browser.sign_in("ann@example.com", "correct horse").await;
    assert_eq!(answer.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_role_counts_at_once() {
    let server = Server::start().await;
    server.user("ann@example.com", Role::Guest).await;
    let ann = server.signed_in("ann@example.com").await;
    assert_eq!(ann.get("/people").await.status(), 403);
    let administrator = server.signed_in("ada@example.com").await;
    let path = format!("{}/role", path_of(&server, "ann@example.com").await);
    for (role, status, seen) in [
        ("administrator", 303, 200),
        ("king", 422, 200),
        ("member", 303, 403),
    ] {
        let answer = administrator.submit(&path, &[("role", role)]).await;
        assert_eq!(answer.status(), status, "{role}");
        assert_eq!(ann.get("/people").await.status(), seen, "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_deactivates_themselves() {
    let server = Server::start().await;
    server.user("ann@example.com", Role::Administrator).await;
    let browser = server.signed_in("ada@example.com").await;
    let ada = path_of(&server, "ada@example.com").await;
    for (action, fields, status) in [
        ("role", &[("role", "member")][..], 409),
        ("deactivation", &[], 409),
    ] {
        let answer = browser.submit(&format!("{ada}/{action}"), fields).await;
        assert_eq!(answer.status(), status);
        let page = answer.text().await.unwrap();
        assert!(page.contains("Ask another administrator"), "{page}");
    }
    for changes in [json!({"role": "guest"}), json!({"active": false})] {
        let path = "/api/v1/people/ada@example.com";
        let answer = server.administrator.patch(path, &changes).await;
        assert_eq!(answer.status(), 409);
    }
    assert_eq!(browser.get("/people").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_who_deactivate_each_other_one_stays() {
    let server = Server::start().await;
    let ann = server.user("ann@example.com", Role::Administrator).await;
    let ada = server.administrator.clone();
    for changes in [json!({"role": "guest"}), json!({"active": false})] {
        let (first, second) = join(
            ada.patch("/api/v1/people/ann@example.com", &changes),
            ann.patch("/api/v1/people/ada@example.com", &changes),
        )
        .await;
        let mut statuses = [first.status().as_u16(), second.status().as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200, "{statuses:?}");
        assert!([401, 403, 409].contains(&statuses[1]), "{statuses:?}");
        let store = server.app.store.client().await.unwrap();
        let sql = "delete from user_deactivations";
        store.execute(sql, &[]).await.unwrap();
        let sql = "update users set role = 'administrator'";
        store.execute(sql, &[]).await.unwrap();
    }
}

/// An administrator who has never signed in does not count.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_can_sign_in_stays() {
    let server = Server::start().await;
    let new = json!({"email": "ann@example.com", "role": "administrator"});
    let answer = server.administrator.post("/api/v1/people", &new).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let store = server.app.store.client().await.unwrap();
    let sql = "update users set password_hash = null where email = 'ada@example.com'";
    store.execute(sql, &[]).await.unwrap();
    let ben = server.user("ben@example.com", Role::Administrator).await;
    let answer = server
        .administrator
        .patch("/api/v1/people/ben@example.com", &json!({"active": false}))
        .await;
    assert_eq!(answer.status(), 409);
    let told = answer.text().await.unwrap();
    assert!(
        told.contains("the last administrator who can sign in"),
        "{told}"
    );
    assert_eq!(ben.get("/api/v1/people").await.status(), 200);
}
