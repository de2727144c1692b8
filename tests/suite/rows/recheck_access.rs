//! Access that changes while a query runs: nobody gets rows that they may not see by the time they arrive.

use std::time::{Duration, Instant};

use dataclips::model::Role;
use reqwest::Response;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::clip::sharing::grant;
use crate::support::{Client, Clip, Server};

const SLOW: &str = "select 'confidential' as word, pg_sleep(2)";

struct Stage {
    server: Server,
    owner: Client,
    clip: Clip,
}

impl Stage {
    async fn set() -> Self {
        let server = Server::start().await;
        let owner = server.user("olga@example.com", Role::Member).await;
        let clip = owner.create_clip(SLOW).await;
        Self {
            owner,
            clip,
            server,
        }
    }

    /// Sends the request, and returns once the query runs.
    async fn ask(&self, client: &Client, below: &str) -> JoinHandle<Response> {
        let (client, path) = (client.clone(), format!("/{}{below}", self.clip.slug));
        let asking = tokio::spawn(async move { client.get(&path).await });
        let superuser = self.server.superuser().await;
        let sql = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
        let deadline = Instant::now() + Duration::from_secs(10);
        let runs = async || {
            superuser
                .query_one(sql, &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
        };
        while runs().await == 0 {
            assert!(Instant::now() < deadline, "no query runs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        asking
    }

    async fn is_refused(&self, asking: JoinHandle<Response>, status: u16) {
        let answer = asking.await.unwrap();
        let got = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert_eq!(got, status, "{text}");
        assert!(!text.contains("confidential"), "{text}");
        self.server.no_query_is_left().await;
    }

    fn api(&self, below: &str) -> String {
        format!("/api/v1/clips/{}{below}", self.clip.slug)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_is_removed_or_protected_meanwhile_sends_no_rows() {
    let stage = Stage::set().await;
    let nobody = stage.server.anonymous();
    for below in [".csv", "/table", "/embed?wait=1", "?wait=1"] {
        let asking = stage.ask(&nobody, below).await;
        assert_eq!(stage.owner.delete(&stage.api("")).await.status(), 204);
        stage.is_refused(asking, 410).await;
        let back = stage.owner.post(&stage.api("/restore"), &json!({})).await;
        assert_eq!(back.status(), 200);

        let asking = stage.ask(&nobody, below).await;
        grant(&stage.owner, &stage.clip, &[]).await;
        stage.is_refused(asking, 401).await;
        let open = stage
            .owner
            .put(&stage.api("/access"), &json!({"anyone": true}))
            .await;
        assert_eq!(open.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_loses_access_meanwhile_gets_nothing() {
    let stage = Stage::set().await;
    let guest = stage.server.user("gus@example.com", Role::Guest).await;
    let browser = stage.server.signed_in("gus@example.com").await;
    grant(&stage.owner, &stage.clip, &[("gus@example.com", "see")]).await;
    let link = stage
        .owner
        .post(&stage.api("/links"), &json!({"label": "sheet"}))
        .await;
    let link: Value = link.json().await.unwrap();
    let sheet = stage
        .server
        .anonymous()
        .with_token(link["token"].as_str().unwrap());

    let asking = stage.ask(&sheet, ".csv").await;
    let id = link["id"].as_i64().unwrap();
    let revoked = stage
        .owner
        .delete(&stage.api(&format!("/links/{id}")))
        .await;
    assert_eq!(revoked.status(), 204);
    stage.is_refused(asking, 401).await;

    let asking = stage.ask(&browser, ".csv").await;
    let ended = browser.submit("/account/sessions/end-others", &[]).await;
    assert_eq!(ended.status(), 303);
    let other = stage.server.signed_in("gus@example.com").await;
    assert_eq!(
        other
            .submit("/account/sessions/end-others", &[])
            .await
            .status(),
        303
    );
    stage.is_refused(asking, 401).await;

    let ada = &stage.server.administrator;
    let asking = stage.ask(&guest, ".json").await;
    let person = "/api/v1/people/gus@example.com";
    assert_eq!(
        ada.patch(person, &json!({"active": false})).await.status(),
        200
    );
    stage.is_refused(asking, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_learns_nothing_more() {
    let stage = Stage::set().await;
    let sql = json!({"sql": "select 'confidential' as word, pg_sleep(30)"});
    assert_eq!(stage.owner.patch(&stage.api(""), &sql).await.status(), 200);
    let nobody = stage.server.anonymous();
    let asking = stage.ask(&nobody, "/run").await;
    grant(&stage.owner, &stage.clip, &[]).await;
    let stream = asking.await.unwrap();
    assert_eq!(stream.status(), 200);
    // It ends long before the query would.
    let events = tokio::time::timeout(Duration::from_secs(15), stream.text());
    let events = events.await.unwrap().unwrap();
    assert!(events.contains("event: progress"), "{events}");
    assert!(!events.contains("event: settled"), "{events}");
}
