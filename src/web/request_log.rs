//! One line a request: routes by pattern, because a slug is a secret.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

pub async fn log(request: Request, next: Next) -> Response {
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
