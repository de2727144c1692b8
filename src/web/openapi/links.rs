//! Links from a response to the calls that use what it names: what was just created can be read, changed and removed.

use serde_json::{Map, Value, json};

use super::call::Call;

/// A call, the status and the place in its response where something is named, and the path parameter that takes it.
const SOURCES: [(&str, &str, &str, &str); 5] = [
    ("create_clip", "201", "/slug", "slug"),
    ("fork_clip", "201", "/slug", "slug"),
    ("add_database", "201", "/name", "name"),
    ("invite_person", "201", "/email", "email"),
    ("list_runs", "200", "/runs/0/id", "id"),
];

/// Adds the links to a description.
pub fn describe(description: &mut Value) {
    let calls: Vec<_> = Call::all(description)
        .map(|call| (call.id().to_owned(), call.path.to_owned()))
        .collect();
    for (source, status, place, parameter) in SOURCES {
        let links = calls.iter().filter(|(_, path)| takes_only(path, parameter));
        let links = links.map(|(id, _)| {
            let parameters = json!({parameter: format!("$response.body#{place}")});
            (id.clone(), link(id, parameters))
        });
        add(description, source, status, links.collect());
    }
    let parameters = json!({"slug": "$request.path.slug", "id": "$response.body#/id"});
    let revoke = ("revoke_link".to_owned(), link("revoke_link", parameters));
    add(description, "create_link", "201", Map::from_iter([revoke]));
}

fn link(id: &str, parameters: Value) -> Value {
    json!({"operationId": id, "parameters": parameters})
}

fn takes_only(path: &str, parameter: &str) -> bool {
    let mut parameters = path.split('{').skip(1);
    let first = parameters.next().and_then(|rest| rest.split_once('}'));
    first.is_some_and(|(name, _)| name == parameter) && parameters.next().is_none()
}

fn add(description: &mut Value, source: &str, status: &str, links: Map<String, Value>) {
    if let Some(call) = Call::all(description).find(|call| call.id() == source) {
        call.operation["responses"][status]["links"] = Value::Object(links);
    }
}
