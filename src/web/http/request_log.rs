//! Logs one line for each request, with the route's pattern instead of its path, because a slug is a secret.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

/// Marks a request that the server sends to itself, to renew a cached response.
#[derive(Clone, Copy)]
pub struct Unlogged;

pub async fn log(request: Request, next: Next) -> Response {
    if request.extensions().get::<Unlogged>().is_some() {
        return next.run(request).await;
    }
    let started = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let route = route.as_deref().unwrap_or("unknown");
    let (status, elapsed_ms) = (
        response.status().as_u16(),
        started.elapsed().as_millis() as u64,
    );
    match route {
        "/healthz" | "/readyz" => {
            tracing::debug!(%method, route, status, elapsed_ms, "request answered")
        }
        _ => tracing::info!(%method, route, status, elapsed_ms, "request answered"),
    }
    response
}

/// Logs a response from the cache, which never reaches the router: its route is always the same.
pub fn log_cached(response: &Response) {
    let (status, elapsed_ms) = (response.status().as_u16(), 0_u64);
    tracing::info!(method = %Method::GET, route = "/{segment}", status, elapsed_ms, "request answered");
}
