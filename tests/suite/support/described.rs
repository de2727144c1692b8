//! Checks each answer of the API against its description, so that the whole suite shows that the description is complete.

use std::sync::LazyLock;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Response};
use serde_json::Value;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| dataclips::web::api_description(""));

/// Panics if a described call answers with a status or content type that is not described, or without a required header.
pub fn check(method: &Method, answer: &Response) {
    let Some(call) = find(method, answer.url().path()) else {
        return;
    };
    let told = format!("{method} {}: {}", answer.url(), answer.status());
    let responses = &call["responses"];
    let response = &responses[answer.status().as_str()];
    assert!(response.is_object(), "{told} is not among {responses}");
    let response = resolve(response);
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let is_there = answer.headers().contains_key(name) || header["required"] != true;
        assert!(is_there, "{told} has no {name}");
    }
    let found = answer
        .headers()
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap());
    let found = found.map(essence);
    let described = response["content"].as_object();
    let mut described = described
        .into_iter()
        .flatten()
        .map(|(name, _)| essence(name));
    match found {
        Some(found) => assert!(described.any(|one| one == found), "{told} is {found}"),
        None => assert_eq!(described.next(), None, "{told} has no content type"),
    }
}

/// The call of this method and path, a HEAD counting as its GET. `None` for pages, which are not described.
fn find(method: &Method, path: &str) -> Option<&'static Value> {
    let method = match *method {
        Method::HEAD => "get".to_owned(),
        _ => method.as_str().to_lowercase(),
    };
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let mut matching = paths.iter().filter(|(template, _)| matches(template, path));
    matching.find_map(|(_, item)| item.get(method.as_str()))
}

fn matches(template: &str, path: &str) -> bool {
    let (templates, parts) = (template.split('/'), path.split('/'));
    templates.clone().count() == parts.clone().count()
        && templates.zip(parts).all(|(template, part)| match template {
            "{slug}.{format}" => is_slug(part.split(['.', '-']).next()) && part.contains('.'),
            "{slug}" if !path.starts_with("/api/") => is_slug(part.split('-').next()),
            _ => template == part || template.starts_with('{'),
        })
}

fn is_slug(word: Option<&str>) -> bool {
    word.is_some_and(|word| word.len() == 28 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn resolve(response: &'static Value) -> &'static Value {
    match response["$ref"].as_str() {
        Some(reference) => DESCRIPTION
            .pointer(reference.trim_start_matches('#'))
            .unwrap(),
        None => response,
    }
}

fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}
