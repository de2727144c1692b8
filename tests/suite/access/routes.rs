//! All routes there are, as the program itself lists them.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::table::table;
use crate::support::{Server, told};

/// The one file that has pages' addresses.
const PAGES: &str = include_str!("../../../src/web/mod.rs");

/// Files of the program, the same for everybody; and what the OpenAPI document says of itself.
const OF_NOBODY: [&str; 2] = ["GET /static/{name}", "GET /api/openapi.json"];

#[tokio::test(flavor = "multi_thread")]
async fn no_route_is_missing_from_the_table() {
    let server = Server::start().await;
    let (_, description) = told(server.anonymous().get("/api/openapi.json").await).await;
    let mut routes = pages();
    routes.extend(api(&description));
    assert!(routes.len() > 80, "{routes:?}");
    let told = table();
    let told: BTreeSet<String> = told
        .iter()
        .filter(|row| row.method != Method::HEAD)
        .map(|row| format!("{} {}", row.method, row.route))
        .chain(OF_NOBODY.map(str::to_owned))
        .collect();
    let missing: Vec<_> = routes.difference(&told).collect();
    let unknown: Vec<_> = told.difference(&routes).collect();
    assert!(missing.is_empty(), "not in the table: {missing:#?}");
    assert_eq!(unknown, ["GET /api/openapi.json"], "no such routes");
}

/// `.route("/a", get(…).post(…))` → `GET /a`, `POST /a`
fn pages() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for route in PAGES.split(".route(").skip(1) {
        let (_, route) = route.split_once('"').unwrap();
        let (path, handlers) = route.split_once('"').unwrap();
        let handlers = handlers.split("\n        .").next().unwrap();
        for (call, method) in [("get(", "GET"), ("post(", "POST"), ("options(", "OPTIONS")] {
            let is_called = |(at, _): (usize, &str)| {
                !handlers[..at]
                    .ends_with(|character: char| character.is_alphanumeric() || character == '_')
            };
            if handlers.match_indices(call).any(is_called) {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    routes
}

fn api(description: &Value) -> BTreeSet<String> {
    let paths = description["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, calls)| {
        let methods = calls.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    // The calls outside the API are pages' too, where their parameter has another name.
    calls.filter(|call| !call.contains(" /{slug}/")).collect()
}
