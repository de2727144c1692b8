//! The schema of a database: what is found of it, by whom, and how pages show it.

mod explorer;
mod page;
mod refusals;
mod responses;
mod search;

use dataclips::model::Role;
use serde_json::Value;

use crate::support::{Client, Server, status_and_body};

/// A company's tables, as a superuser makes them for the reader.
const COMPANY: &str = include_str!("company.sql");

const API: &str = "/api/v1/databases/data/schema";
const PAGE: &str = "/databases/1/schema";
const SEARCH: &str = "/databases/1/schema/search";

struct Company {
    server: Server,
    /// A member, with a token.
    mia: Client,
}

impl Company {
    async fn new() -> Self {
        let server = Server::start().await;
        let superuser = server.superuser().await;
        superuser.batch_execute(COMPANY).await.unwrap();
        let mia = server.user("mia@example.com", Role::Member).await;
        Self { server, mia }
    }

    async fn sql(&self, sql: &str) {
        let superuser = self.server.superuser().await;
        superuser.batch_execute(sql).await.unwrap();
    }

    /// What the page's scripts get.
    async fn search(&self, query: &str) -> Value {
        let (status, body) =
            status_and_body(self.mia.get(&format!("{SEARCH}?{query}")).await).await;
        assert_eq!(status, 200, "{query}: {body}");
        body
    }

    /// The names of tables that a text finds, with their schemas.
    async fn found(&self, text: &str) -> Vec<String> {
        let text = text
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>();
        let body = self.search(&format!("search={text}")).await;
        names(&body)
    }
}

fn names(body: &Value) -> Vec<String> {
    let tables = body["tables"].as_array().unwrap().iter();
    let name = |table: &Value| {
        let (schema, name) = (table["schema"].as_str(), table["name"].as_str());
        format!("{}.{}", schema.unwrap(), name.unwrap())
    };
    tables.map(name).collect()
}

fn table<'a>(body: &'a Value, name: &str) -> &'a Value {
    let mut tables = body["tables"].as_array().unwrap().iter();
    let table = tables.find(|table| table["name"] == name);
    table.unwrap_or_else(|| panic!("{name}: {body}"))
}

fn column<'a>(table: &'a Value, name: &str) -> &'a Value {
    let mut columns = table["columns"].as_array().unwrap().iter();
    let column = columns.find(|column| column["name"] == name);
    column.unwrap_or_else(|| panic!("{name}: {table}"))
}
