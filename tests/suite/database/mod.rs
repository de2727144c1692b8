//! The pages about databases: listed, added, edited, removed, and who sees what of them.

mod access;
mod adding;
mod daily_look;
mod database_api;
mod database_page;
mod doctor;
pub mod followers;
mod health;
mod list_page;
mod move_page;
mod new_page;
mod rehearsal;
mod removal;
mod schema;
mod secrets;

use dataclips::model::{Database, Role};

use crate::clip::{path_of, seen};
use crate::support::{Client, Server, shared};

/// An administrator in a browser.
struct Office {
    server: Server,
    ada: Client,
}

impl Office {
    async fn new() -> Self {
        let server = Server::start().await;
        let ada = server.signed_in("ada@example.com").await;
        Self { server, ada }
    }

    /// A member in a browser.
    async fn member(&self) -> Client {
        self.server.user("mia@example.com", Role::Member).await;
        self.server.signed_in("mia@example.com").await
    }

    async fn page(&self, path: &str) -> String {
        page(&self.ada, path).await
    }

    /// Sends the form; returns the page to which it leads.
    async fn add(&self, fields: &[(&str, &str)]) -> String {
        path_of(self.ada.submit("/databases", fields).await).await
    }

    async fn find(&self, name: &str) -> Database {
        let store = &self.server.app.store;
        Database::find_by_name(store, name).await.unwrap().unwrap()
    }

    async fn path(&self, name: &str) -> String {
        format!("/databases/{}", self.find(name).await.id)
    }

    /// The URL by which a database is queried.
    async fn stored_url(&self, name: &str) -> String {
        let url = self.find(name).await.url(&self.server.app.key);
        url.unwrap().expose().to_owned()
    }

    /// Creates a login role in the shared cluster; returns it with the URL by which it reaches the queried database.
    async fn role(&self, options: &str) -> (String, String) {
        let role = format!("office_{}", self.server.data);
        let sql = format!("create role {role} login {options}; grant select on orders to {role}");
        let superuser = self.server.superuser().await;
        superuser.batch_execute(&sql).await.unwrap();
        let url = shared().socket_url(&role, &self.server.data);
        (role, url)
    }

    async fn boss_url(&self) -> String {
        shared().socket_url("postgres", &self.server.data)
    }

    async fn sql(&self, sql: &str) {
        let superuser = self.server.superuser().await;
        superuser.batch_execute(sql).await.unwrap();
    }
}

async fn page(browser: &Client, path: &str) -> String {
    let (status, page) = seen(browser.get(path).await).await;
    assert_eq!(status, 200, "{path}: {page}");
    page
}

/// The part of the list that is about one database.
fn card<'a>(page: &'a str, name: &str) -> &'a str {
    let cards = page.split("<li class=\"card\">").skip(1);
    let mut cards = cards.map(|card| card.split("</li>").next().unwrap());
    let card = cards.find(|card| card.contains(&format!(" on {name}</span>")));
    card.unwrap_or_else(|| panic!("{name}: {page}"))
}

/// What the page says beside a field.
fn beside<'a>(page: &'a str, field: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("id=\"{field}-problem\">"))
        .unwrap();
    rest.split_once("</p>").unwrap().0
}

/// What stands in a field.
fn value<'a>(page: &'a str, field: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("name=\"{field}\"")).unwrap();
    let tag = rest.split_once('>').unwrap().0;
    let value = tag.split_once("value=\"");
    value.map_or("", |(_, value)| value.split_once('"').unwrap().0)
}

fn as_text(html: &str) -> String {
    html.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}

/// The SQL that a page shows, block by block.
fn sql_of(page: &str) -> Vec<String> {
    let blocks = page.split("<div class=\"snippet whole\">").skip(1);
    let blocks = blocks.filter_map(|block| Some(block.split_once("<code>")?.1));
    blocks
        .map(|block| as_text(block.split_once("</code>").unwrap().0))
        .collect()
}
