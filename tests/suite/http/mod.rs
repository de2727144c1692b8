//! HTTP itself: headers, caching, content codings, CORS, and what is kept out of the log.

mod caching;
mod connections;
mod content_coding;
mod cors;
mod health;
mod metrics;
mod openapi;
mod prefer;
mod request_log;
mod well_known;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Client, Clip, Server, status_and_body};

/// Every suffix of the rows of any query, and the page.
pub const ADDRESSES: [&str; 10] = [
    "", ".csv", ".tsv", ".json", ".ndjson", ".xml", ".xls", ".xlsx", ".md", ".parquet",
];

/// Shows the clip to authorized users only; grants stay.
pub async fn protect(server: &Server, clip: &Clip) {
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let (status, mut access) = status_and_body(server.administrator.get(&path).await).await;
    assert_eq!(status, 200, "{access}");
    access["anyone"] = json!(false);
    let answer = server.administrator.put(&path, &access).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

/// Changes a clip as its owner.
pub async fn change(server: &Server, clip: &Clip, changes: Value) {
    let path = format!("/api/v1/clips/{}", clip.slug);
    let answer = server.administrator.patch(&path, &changes).await;
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

pub async fn hide_sql(server: &Server, clip: &Clip) {
    change(server, clip, json!({"show_sql": false})).await;
}

pub async fn remove(server: &Server, clip: &Clip) {
    let path = format!("/api/v1/clips/{}", clip.slug);
    assert_eq!(server.administrator.delete(&path).await.status(), 204);
}

/// Removes the queried database from under its clips.
pub async fn remove_database(server: &Server) {
    let path = "/api/v1/databases/data?force=1";
    assert_eq!(server.administrator.delete(path).await.status(), 204);
}

/// Requests the clip; `rest` is what follows its slug in the path.
pub async fn ask(client: &Client, clip: &Clip, rest: &str) -> Response {
    client.get(&format!("/{}{rest}", clip.slug)).await
}

pub async fn ask_with(client: &Client, clip: &Clip, rest: &str, header: (&str, &str)) -> Response {
    let request = client.request(Method::GET, &format!("/{}{rest}", clip.slug));
    request.header(header.0, header.1).send().await.unwrap()
}

/// A header's text; nothing where it is absent.
pub fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}
