//! What administrators set for the whole server.

use serde_json::json;

use crate::clip::{Analyst, path, path_of, seen};
use crate::support::Server;
use crate::support::status_and_body;

const OPEN: &str = "Everyone who has the link sees the rows.";
const PROTECTED: &str = "Only you and administrators see the rows until you share the clip.";

#[tokio::test(flavor = "multi_thread")]
async fn new_clips_get_the_access_that_the_administrator_chose() {
    let analyst = Analyst::new().await;
    let reader = analyst.server.anonymous();
    let ada = analyst.server.signed_in("ada@example.com").await;
    for (access, promise, status) in [("authorized", PROTECTED, 401), ("anyone", OPEN, 200)] {
        let chosen = [("default_access", access)];
        let saved = path_of(ada.submit("/settings", &chosen).await).await;
        let (status_of_page, page) = seen(ada.get(&saved).await).await;
        assert_eq!(status_of_page, 200);
        assert!(page.contains("Saved."), "{page}");
        assert!(
            page.contains(&format!("value=\"{access}\" checked")),
            "{page}"
        );

        let page = analyst.page("/clips/new").await;
        assert!(page.contains(promise), "{page}");
        let by_page = analyst.create("New", "select 1 as a").await;
        let by_api = path(&analyst.server.create_clip("select 1 as a").await);
        for path in [by_page, by_api] {
            assert_eq!(reader.get(&path).await.status(), status, "{access}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_for_administrators() {
    let analyst = Analyst::new().await;
    let reader = analyst.server.anonymous();
    let chosen = [("default_access", "authorized")];
    for (client, status) in [(&reader, 401), (&analyst.browser, 403)] {
        assert_eq!(client.get("/settings").await.status(), status);
        assert_eq!(client.submit("/settings", &chosen).await.status(), status);
    }
    assert!(!analyst.page("/").await.contains("href=\"/settings\""));
    let ada = analyst.server.signed_in("ada@example.com").await;
    let (_, page) = seen(ada.get("/").await).await;
    assert!(page.contains("href=\"/settings\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_reads_and_changes_them_and_a_clip_may_say_otherwise() {
    let server = Server::start().await;
    let ada = &server.administrator;
    for (changes, status, access) in [
        (json!({}), 200, "anyone"),
        (json!({"default_access": "authorized"}), 200, "authorized"),
        (json!({"default_access": "everybody"}), 422, "authorized"),
        (json!({"color": "blue"}), 422, "authorized"),
    ] {
        let (got, body) = status_and_body(ada.patch("/api/v1/settings", &changes).await).await;
        assert!(
            got == status || (status == 400 && got == 422),
            "{got} {body}"
        );
        let (_, body) = status_and_body(ada.get("/api/v1/settings").await).await;
        assert_eq!(body, json!({"default_access": access}), "{changes}");
    }
    for (said, access) in [
        (None, "authorized"),
        (Some("anyone"), "anyone"),
        (Some("authorized"), "authorized"),
    ] {
        let mut new = json!({"title": "New", "database": "data", "sql": "select 1"});
        if let Some(said) = said {
            new["access"] = json!(said);
        }
        let (status, clip) = status_and_body(ada.post("/api/v1/clips", &new).await).await;
        assert_eq!(
            (status, clip["access"].as_str()),
            (201, Some(access)),
            "{clip}"
        );
    }
}
