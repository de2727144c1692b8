//! What visitors who may not see a clip get, in a browser and as a program; and what remains of a removed clip.

use serde_json::{Value, json};

use super::grant;
use crate::support::{Client, Clip, Server, status_and_body};

/// As a browser that goes to an address.
async fn go(client: &Client, path: &str) -> reqwest::Response {
    client
        .request(reqwest::Method::GET, path)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .send()
        .await
        .unwrap()
}

async fn protected(server: &Server) -> Clip {
    let clip = server.create_clip("select 'confidential' as word").await;
    grant(&server.administrator, &clip, &[]).await;
    clip
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_at_a_protected_clip_leads_to_it_in_the_requested_format() {
    let server = Server::start().await;
    let clip = protected(&server).await;
    for rest in ["", ".csv", "-board.json?shape=objects", "/history"] {
        let path = format!("/{}{rest}", clip.slug);
        let browser = server.anonymous();
        let refused = go(&browser, &path).await;
        assert_eq!(refused.status(), 401, "{path}");
        let page = refused.text().await.unwrap();
        assert!(page.contains("This clip is protected"), "{path}: {page}");
        let next = format!("name=\"next\" value=\"{path}\"");
        assert!(page.contains(&next), "{path}: {page}");
        let typed = [
            ("email", "ada@example.com"),
            ("password", crate::support::PASSWORD),
            ("next", &path),
        ];
        let entered = browser.submit("/sign-in", &typed).await;
        assert_eq!(entered.headers()["location"], path.as_str());
        let seen = go(&browser, &path).await;
        assert_eq!(seen.status(), 200, "{path}");
        assert!(
            seen.text().await.unwrap().contains("confidential"),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_json() {
    let server = Server::start().await;
    let clip = protected(&server).await;
    let answer = server.anonymous().get(&format!("/{}.csv", clip.slug)).await;
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    let (status, body) = status_and_body(answer).await;
    assert_eq!((status, &body["error"]["code"]), (401, &json!("protected")));
    // Other failures are JSON, even for a browser.
    let broken = server.create_clip("select broken").await;
    let answer = go(&server.anonymous(), &format!("/{}.csv", broken.slug)).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_clip_is_gone_in_every_format_at_once() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let ada = &server.administrator;
    let api = format!("/api/v1/clips/{}", clip.slug);
    let link = ada
        .post(&format!("{api}/links"), &json!({"label": "sheet"}))
        .await;
    let link: Value = link.json().await.unwrap();
    let token = link["token"].as_str().unwrap();
    let nobody = server.anonymous();
    let mut known = Vec::new();
    for format in [
        "csv", "tsv", "json", "ndjson", "xml", "xls", "xlsx", "md", "sql",
    ] {
        let path = format!("/{}.{format}", clip.slug);
        let etag = nobody.get(&path).await.headers()["etag"].clone();
        known.push((path, etag));
    }
    assert_eq!(ada.delete(&api).await.status(), 204);
    for (path, etag) in known {
        for client in [&nobody, ada, &server.anonymous().with_token(token)] {
            let again = client.request(reqwest::Method::GET, &path);
            let again = again.header("if-none-match", etag.clone()).send().await;
            assert_eq!(again.unwrap().status(), 410, "{path}");
            let stored = client.get(&format!("{path}?version=1&result=1")).await;
            assert_eq!(stored.status(), 410, "{path}");
        }
    }
    for below in [
        "", "/rows", "/run", "/history", "/share", "/embed", "/table",
    ] {
        let answer = nobody.get(&format!("/{}{below}", clip.slug)).await;
        assert_eq!(answer.status(), 410, "{below}");
    }
}
