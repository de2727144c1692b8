//! Whether a clip is still for whoever asked: a run may take minutes, and meanwhile the clip may be removed or taken
//! from him, or he may be shut out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::web::app::App;
use crate::web::clip::page::clip_page;
use crate::web::http::url;
use crate::web::http::url::Address;
use crate::web::visitor::Visitor;

/// An answer that took longer asks once more before it leaves.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Layer of a clip's pages and rows.
pub async fn for_whoever_asked(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    if !request.method().is_safe() || !url::is_clips(request.uri()) {
        return next.run(request).await;
    }
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if started.elapsed() < ASKED_AGAIN_AFTER {
        return response;
    }
    match may_read(&app, asked).await {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// Whether what was asked for may be read by now.
pub async fn may_read(app: &Arc<App>, mut asked: Parts) -> Result<(), Error> {
    // What the session's layer has read is of then.
    if let Some(session) = asked.extensions.get::<tower_sessions::Session>() {
        let store = Arc::new(app.store.clone());
        let session = tower_sessions::Session::new(session.id(), store, None);
        asked.extensions.insert(session);
    }
    let visitor = Visitor::from_request_parts(&mut asked, app).await?;
    let segment = Address::of_first(&asked.uri);
    let clip = clip_page::find_by(app, segment.slug.as_ref()).await?;
    let read = match url::rows_of(&asked.uri) {
        Some(_) => visitor.viewer.read_rows(clip),
        None => visitor.viewer.read(clip),
    };
    read.map(|_| ())
}
