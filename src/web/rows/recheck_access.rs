//! Rechecks access after a slow request: a run may take minutes, and meanwhile the clip may be removed, the visitor's
//! right to it revoked, or their account deactivated.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::web::app::App;
use crate::web::http::address::Address;
use crate::web::visitor::Visitor;

/// Access is rechecked for a response that took longer than this.
const RECHECKED_AFTER: Duration = Duration::from_secs(1);

/// Layer of a clip's pages and rows.
pub async fn recheck(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() {
        return next.run(request).await;
    }
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let request = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if started.elapsed() < RECHECKED_AFTER {
        return response;
    }
    match may_still_read(&app, request).await {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// Whether the request would still be allowed to read the clip, decided anew from the store.
pub async fn may_still_read(app: &Arc<App>, mut request: Parts) -> Result<(), Error> {
    // The session that the layer has loaded is as old as the request.
    if let Some(session) = request.extensions.get::<tower_sessions::Session>() {
        let store = Arc::new(app.store.clone());
        let session = tower_sessions::Session::new(session.id(), store, None);
        request.extensions.insert(session);
    }
    let Ok(address) = Address::from_request_parts(&mut request, app).await;
    let visitor = Visitor::from_request_parts(&mut request, app).await?;
    match address {
        Address::Rows(rows) => {
            let clip = app.clip(rows.slug()?).await?;
            visitor.viewer.read_rows(clip)?;
        }
        Address::Clip(page) => {
            let clip = app.clip(&page.slug).await?;
            visitor.viewer.read(clip)?;
        }
        Address::Api | Address::OneTimeLink | Address::Page => {}
    }
    Ok(())
}
