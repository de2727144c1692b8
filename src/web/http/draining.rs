//! A server that is about to stop: it is not ready any more, and its responses ask clients to open their next connection
//! elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;

const CLOSE: HeaderValue = HeaderValue::from_static("close");

#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Has the connection closed after this response, so that none is closed between two of its requests.
    pub fn end_connection(&self, mut response: Response) -> Response {
        if self.has_begun() {
            response.headers_mut().insert(CONNECTION, CLOSE);
        }
        response
    }
}
