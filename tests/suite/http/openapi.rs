//! The description at `/api/openapi.json` and the routes that there are.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::Value;

use crate::encode::{GEOMETRY, POINT};
use crate::support::{Server, status_and_body};

#[tokio::test(flavor = "multi_thread")]
async fn every_described_call_exists() {
    let server = Server::start().await;
    let (status, description) =
        status_and_body(server.anonymous().get("/api/openapi.json").await).await;
    assert_eq!(status, 200);
    assert!(
        description["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        description["openapi"]
    );
    assert_eq!(description["servers"][0]["url"], server.url);
    let mut calls = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        let status = match path.as_str() {
            "/readyz" | "/version" => 200,
            "/metrics" => 401,
            path if path.starts_with("/api/v1/") => 401,
            // Rows need nothing but the link.
            _ => 404,
        };
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            assert!(operation["summary"].is_string(), "{method} {path}");
            for parameter in path
                .split(['/', '.'])
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            {
                let described = operation["parameters"].as_array().unwrap();
                assert!(
                    described
                        .iter()
                        .any(|described| described["name"] == parameter),
                    "{method} {path}"
                );
            }
            let status = match method {
                Method::OPTIONS => 204,
                _ => status,
            };
            let path = path
                .replace("{slug}", "abcdefghijklmnopqrstuvwxyzab")
                .replace("{format}", "csv")
                .replace("{name}", "data");
            let answer = server
                .anonymous()
                .request(method.clone(), &path)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
            calls += 1;
        }
    }
    assert!(calls >= 13, "{calls}");
}

/// Generated clients name their functions by it.
#[tokio::test(flavor = "multi_thread")]
async fn every_described_call_has_a_name_of_its_own() {
    let description = dataclips::web::api_description("");
    let mut names = HashSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name), "{method} {path}: {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_rows_is_described_with_the_type_of_each_format() {
    let description = dataclips::web::api_description("");
    let call = &description["paths"]["/{slug}.{format}"]["get"];
    let types = call["responses"]["200"]["content"].as_object().unwrap();
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(GEOMETRY).await.unwrap();
    let sql = format!("select '{POINT}'::geometry as g");
    let clip = server.administrator.create_clip(&sql).await;
    let suffixes = call["parameters"].as_array().unwrap().iter();
    let suffixes = suffixes.filter(|parameter| parameter["name"] == "format");
    let suffixes = suffixes.flat_map(|format| format["schema"]["enum"].as_array().unwrap());
    let mut seen = HashSet::new();
    for suffix in suffixes {
        let path = format!("/{}.{}", clip.slug, suffix.as_str().unwrap());
        let answer = server.administrator.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        seen.insert(
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(seen.len(), types.len(), "{seen:?} {types:?}");
    assert!(seen.iter().all(|one| types.contains_key(one)), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_address_that_is_no_clips_are_refused_as_json() {
    let server = Server::start().await;
    for path in ["/nothing/rows", "/people/columns?columns=1"] {
        let (status, body) = status_and_body(server.anonymous().get(path).await).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(body["error"]["code"], "not_found", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_the_description_leads_to_a_call() {
    let description = dataclips::web::api_description("");
    let paths = description["paths"].as_object().unwrap();
    let operations = || {
        paths
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
    };
    let names: HashSet<_> = operations().map(|one| &one["operationId"]).collect();
    let responses = operations().flat_map(|one| one["responses"].as_object().unwrap().values());
    let links = responses.flat_map(|response| response["links"].as_object().into_iter().flatten());
    let mut count = 0;
    for (_, link) in links {
        assert!(names.contains(&link["operationId"]), "{link}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

/// This does not find a call that the server has and the description lacks, but there can be none: one macro makes
/// both.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_contract_is_described_with_what_it_takes() {
    let server = Server::start().await;
    let (_, description) = status_and_body(server.anonymous().get("/api/openapi.json").await).await;
    for (method, path, body) in [
        ("get", "/api/v1/clips", None),
        (
            "post",
            "/api/v1/clips",
            Some(&["title", "database", "sql", "pinned"][..]),
        ),
        ("get", "/api/v1/clips/{slug}", None),
        (
            "patch",
            "/api/v1/clips/{slug}",
            Some(&[
                "title",
                "database",
                "sql",
                "show_sql",
                "max_age",
                "serve_stale",
                "runs_on",
            ]),
        ),
        ("delete", "/api/v1/clips/{slug}", None),
        ("post", "/api/v1/clips/{slug}/restore", None),
        ("get", "/api/v1/clips/{slug}/versions", None),
        ("get", "/api/v1/clips/{slug}/results", None),
        (
            "put",
            "/api/v1/clips/{slug}/pin",
            Some(&["version", "result"]),
        ),
        ("delete", "/api/v1/clips/{slug}/pin", None),
        (
            "put",
            "/api/v1/clips/{slug}/chart",
            Some(&["kind", "x", "y", "series", "stacked", "opens_first"]),
        ),
        ("get", "/api/v1/clips/{slug}/chart", None),
        ("delete", "/api/v1/clips/{slug}/chart", None),
        ("get", "/api/v1/clips/{slug}/links", None),
        (
            "post",
            "/api/v1/clips/{slug}/links",
            Some(&["label", "expires_at", "formats"]),
        ),
        ("delete", "/api/v1/clips/{slug}/links/{id}", None),
        ("get", "/{slug}/rows", None),
        ("get", "/{slug}/columns", None),
        ("get", "/api/v1/databases", None),
        (
            "post",
            "/api/v1/databases",
            Some(&["name", "url", "open_to"]),
        ),
        ("get", "/api/v1/databases/{name}", None),
        (
            "patch",
            "/api/v1/databases/{name}",
            Some(&["name", "url", "open_to"]),
        ),
        ("delete", "/api/v1/databases/{name}", None),
        ("post", "/api/v1/databases/{name}/move", Some(&["to"])),
        ("get", "/api/v1/people", None),
        ("post", "/api/v1/people", Some(&["email", "role"])),
        ("patch", "/api/v1/people/{email}", Some(&["role", "active"])),
        ("post", "/api/v1/people/{email}/link", Some(&["purpose"])),
    ] {
        let operation = &description["paths"][path][method];
        assert!(operation.is_object(), "{method} {path}");
        for field in body.unwrap_or_default() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let properties = &resolve(&description, schema)["properties"];
            assert!(properties[field].is_object(), "{method} {path}: {field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_of_the_description_leads_somewhere() {
    let server = Server::start().await;
    let (_, description) = status_and_body(server.anonymous().get("/api/openapi.json").await).await;
    let mut open = vec![&description];
    let mut references = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(object) => open.extend(object.values()),
            Value::Array(array) => open.extend(array),
            _ => {}
        }
        if value.get("$ref").is_some() {
            assert!(resolve(&description, value).is_object(), "{value}");
            references += 1;
        }
    }
    assert!(references > 10, "{references}");
}

fn resolve<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => description
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(&Value::Null),
        None => schema,
    }
}
