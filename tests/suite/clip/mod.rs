//! The pages that analysts work with, as a browser's forms and links reach them.

mod about;
pub mod chart;
mod clip_api;
mod create_and_update;
mod fork;
mod history;
mod links;
mod list;
mod main_path;
mod page;
mod parameters;
mod pin;
mod query;
mod settings;
pub mod sharing;
mod table;

use reqwest::Response;

use crate::support::{Client, Clip, Server};

/// An analyst in a browser: a member, with clips of their own.
pub struct Analyst {
    pub server: Server,
    pub browser: Client,
}

impl Analyst {
    pub async fn new() -> Self {
        let server = Server::start().await;
        server
            .user("ann@example.com", dataclips::model::Role::Member)
            .await;
        let browser = server.signed_in("ann@example.com").await;
        Self { server, browser }
    }

    /// Creates a clip by the page's form; returns its path.
    pub async fn create(&self, title: &str, sql: &str) -> String {
        let typed = [("title", title), ("database", "data"), ("sql", sql)];
        let answer = self.browser.submit("/clips", &typed).await;
        path_of(answer).await
    }

    pub async fn page(&self, path: &str) -> String {
        let answer = self.browser.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.browser.submit(path, fields).await
    }
}

/// Where an accepted form redirects to.
pub async fn path_of(answer: Response) -> String {
    let status = answer.status();
    let location = answer.headers().get("location").cloned();
    assert_eq!(status, 303, "{}", answer.text().await.unwrap());
    location.unwrap().to_str().unwrap().to_owned()
}

/// Status and page of a response.
pub async fn seen(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

pub fn path(clip: &Clip) -> String {
    format!("/{}", clip.slug)
}

/// The content of the query's field, as the page has it.
fn query_field(page: &str) -> String {
    let (_, field) = page.split_once("<textarea").unwrap();
    let (_, text) = field.split_once(">\n").unwrap();
    text.split_once("</textarea>").unwrap().0.to_owned()
}
