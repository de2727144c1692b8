//! All routes, read from the program's own URL table and OpenAPI document.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::table::table;
use crate::support::{Server, status_and_body};

/// The file with the URL table of pages.
const PAGES: &str = include_str!("../../../src/web/mod.rs");

/// Files of the program, the same for everybody; and what the OpenAPI document says of itself.
const OF_NOBODY: [&str; 2] = ["GET /static/{name}", "GET /api/openapi.json"];

#[tokio::test(flavor = "multi_thread")]
async fn no_route_is_missing_from_the_table() {
    let server = Server::start().await;
    let (_, description) = status_and_body(server.anonymous().get("/api/openapi.json").await).await;
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

/// `.route("/a", get(…).post(…))` → `GET /a`, `POST /a`, however the call is wrapped.
fn pages() -> BTreeSet<String> {
    let code = without_comments(PAGES);
    assert!(!code.contains(".nest("), "a nested path is not read here");
    let mut routes = BTreeSet::new();
    for (at, call) in code.match_indices(".route(") {
        let arguments = until_closed(&code[at + call.len()..]);
        let path = arguments.trim_start().strip_prefix('"');
        let path = path.unwrap_or_else(|| panic!("no path in quotes: {arguments}"));
        let (path, handlers) = path.split_once('"').unwrap();
        let methods = methods(handlers);
        assert!(!methods.is_empty(), "no method: {arguments}");
        routes.extend(methods.iter().map(|method| format!("{method} {path}")));
    }
    routes
}

fn without_comments(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The text up to the parenthesis that closes what was opened before it. No path has a parenthesis.
fn until_closed(text: &str) -> &str {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    panic!("not closed: {text}");
}

/// `, get(a::get).post(b)` → GET, POST: the names that are called, outside of every argument.
fn methods(handlers: &str) -> Vec<&'static str> {
    const METHODS: [(&str, &str); 7] = [
        ("get", "GET"),
        ("post", "POST"),
        ("put", "PUT"),
        ("patch", "PATCH"),
        ("delete", "DELETE"),
        ("options", "OPTIONS"),
        ("head", "HEAD"),
    ];
    let mut called = Vec::new();
    let mut rest = handlers;
    while let Some((before, after)) = rest.split_once('(') {
        let word = before
            .rsplit(|character: char| !character.is_alphanumeric() && character != '_')
            .next();
        let method = METHODS.iter().find(|(name, _)| Some(*name) == word);
        called.extend(method.map(|(_, method)| *method));
        rest = &after[until_closed(after).len() + 1..];
    }
    called
}

fn api(description: &Value) -> BTreeSet<String> {
    let paths = description["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, calls)| {
        let methods = calls.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    // The URL table of pages has the calls outside the API too, with another name for their parameter.
    calls.filter(|call| !call.contains(" /{slug}")).collect()
}
