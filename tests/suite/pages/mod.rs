//! The pages that analysts work with, as a browser's forms and links reach them.

mod clip;
mod databases;
mod difference;
mod embed;
mod fork;
mod list;
mod open_graph;
mod overtaken;
mod preview;
mod recent;
mod rows;
mod server_settings;
mod settings;
mod share;
mod trail;
mod versions;

use reqwest::Response;

use crate::support::{Client, Clip, Server};

/// An analyst in a browser: a member, with clips of his own.
struct Analyst {
    server: Server,
    browser: Client,
}

impl Analyst {
    async fn new() -> Self {
        let server = Server::start().await;
        server
            .user("ann@example.com", dataclips::model::Role::Member)
            .await;
        let browser = server.signed_in("ann@example.com").await;
        Self { server, browser }
    }

    /// Creates a clip by the page's form; says its path.
    async fn create(&self, title: &str, sql: &str) -> String {
        let typed = [("title", title), ("database", "data"), ("sql", sql)];
        let answer = self.browser.submit("/clips", &typed).await;
        path_of(answer).await
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.browser.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.browser.submit(path, fields).await
    }
}

/// Where a form that was taken leads.
async fn path_of(answer: Response) -> String {
    let status = answer.status();
    let location = answer.headers().get("location").cloned();
    assert_eq!(status, 303, "{}", answer.text().await.unwrap());
    location.unwrap().to_str().unwrap().to_owned()
}

/// Status and page of an answer.
async fn seen(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

fn path(clip: &Clip) -> String {
    format!("/{}", clip.slug)
}

/// What stands in the query's field, as the page has it.
fn query_field(page: &str) -> String {
    let (_, field) = page.split_once("<textarea").unwrap();
    let (_, text) = field.split_once(">\n").unwrap();
    text.split_once("</textarea>").unwrap().0.to_owned()
}
