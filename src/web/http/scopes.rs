//! Which scope of a token a request needs, by its method and path alone: a new address needs one from the start.

use axum::http::Method;

use crate::model::Scope;

/// Administrators' parts of the API and the pages.
const ADMINISTRATION: [&str; 6] = [
    "audit",
    "databases",
    "metrics",
    "people",
    "running",
    "settings",
];

/// One of these is enough.
pub fn needed(method: &Method, path: &str) -> &'static [Scope] {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let mut parts = path.trim_start_matches('/').split('/');
    let is_administration = parts
        .next()
        .is_some_and(|first| ADMINISTRATION.contains(&first));
    match (method.is_safe(), is_administration) {
        (true, true) => &[Scope::Read, Scope::Admin],
        (true, false) => &[Scope::Read],
        (false, true) => &[Scope::Admin],
        (false, false) if path.ends_with("/preview") => &[Scope::Query],
        (false, false) => &[Scope::Write],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_needs_a_scope() {
        for (method, path, expected) in [
            (Method::GET, "/api/v1/clips", vec![Scope::Read]),
            (Method::HEAD, "/abc.csv", vec![Scope::Read]),
            (Method::POST, "/api/v1/clips", vec![Scope::Write]),
            (
                Method::DELETE,
                "/api/v1/clips/abc/preview/x",
                vec![Scope::Write],
            ),
            (Method::POST, "/api/v1/preview", vec![Scope::Query]),
            (Method::POST, "/abc/preview", vec![Scope::Query]),
            (Method::GET, "/databases", vec![Scope::Read, Scope::Admin]),
            (Method::PATCH, "/api/v1/databases/data", vec![Scope::Admin]),
            (Method::POST, "/people", vec![Scope::Admin]),
            (Method::PUT, "/api/v1/settings", vec![Scope::Admin]),
            (Method::POST, "/abc/settings", vec![Scope::Write]),
        ] {
            assert_eq!(needed(&method, path), expected, "{method} {path}");
        }
    }
}
