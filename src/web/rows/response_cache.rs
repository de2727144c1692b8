//! Reuses responses with stored rows for up to two seconds, in front of the router: an equal request gets an equal response,
//! the access decision included. `cache_generation` says when one has expired.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, COOKIE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_UNMODIFIED_SINCE, RANGE, SET_COOKIE,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use quick_cache::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::cache_generation::{Generation, Moment};
use super::response::Reusable;
use super::response::file::stream_part;
use crate::result::Spool;
use crate::web::http::request_log::facts::Facts;
use crate::web::http::request_log::request_id::RequestId;
use crate::web::http::request_log::{RequestLog, SERVER_TIMING, Unlogged};

/// A response older than this is renewed in the background while it is still reused, so that no request waits for it.
const RENEWED_AFTER: Duration = Duration::from_secs(1);
/// How long a request waits for another one that is revalidating the same response.
const REVALIDATION_WAIT: Duration = Duration::from_millis(100);
/// Responses in the cache. Those that are requested most often stay.
const RESPONSES_MAX: usize = 1_000;
/// A request with one of these headers may get a response that others do not get.
const PERSONAL: [HeaderName; 6] = [
    COOKIE,
    RANGE,
    IF_NONE_MATCH,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
];

/// The most recent responses with stored rows.
pub struct ResponseCache {
    responses: Cache<RequestKey, Arc<CachedResponse>>,
    generation: Arc<Generation>,
    log: Arc<RequestLog>,
}

/// A hash of all that the response to a request depends on.
type RequestKey = [u8; blake3::OUT_LEN];

struct CachedResponse {
    headers: HeaderMap,
    facts: Option<Facts>,
    /// The bytes are in the body cache, as long as there is room.
    body: Weak<Spool>,
    /// A moment before access was decided.
    requested_at: Moment,
    /// Locked by the request that revalidates this response.
    revalidation: Arc<Mutex<()>>,
}

/// Layer in front of all routers.
pub async fn reuse(
    State(cache): State<Arc<ResponseCache>>,
    request: Request,
    next: Next,
) -> Response {
    let id = RequestId::of(&request);
    let mut response = reuse_or_run(cache, &id, request, next).await;
    id.add_to(&mut response);
    response
}

async fn reuse_or_run(
    cache: Arc<ResponseCache>,
    id: &RequestId,
    mut request: Request,
    next: Next,
) -> Response {
    if !request.method().is_safe() {
        let _change = cache.generation.change();
        id.note_in(&mut request);
        return next.run(request).await;
    }
    let Some(key) = request_key(&request) else {
        id.note_in(&mut request);
        return next.run(request).await;
    };
    let _revalidation = cache.revalidate(&key).await;
    if let Some((cached, age)) = cache.find(&key)
        && let Some(response) = cached.response()
    {
        cache
            .log
            .cached(id, &request, &response, cached.facts.as_ref());
        if age >= RENEWED_AFTER
            && let Ok(revalidation) = cached.revalidation.clone().try_lock_owned()
        {
            tokio::spawn(renew(cache, revalidation, key, request, next));
        }
        return response;
    }
    id.note_in(&mut request);
    respond(&cache, key, request, next).await
}

/// Renews a response in the background.
async fn renew(
    cache: Arc<ResponseCache>,
    _revalidation: OwnedMutexGuard<()>,
    key: RequestKey,
    mut request: Request,
    next: Next,
) {
    request.extensions_mut().insert(Unlogged);
    respond(&cache, key, request, next).await;
}

async fn respond(cache: &ResponseCache, key: RequestKey, request: Request, next: Next) -> Response {
    let requested_at = cache.generation.now();
    let response = next.run(request).await;
    if response.extensions().get::<Reusable>().is_some() {
        cache.log.metrics.response_cache().note(false);
    }
    cache.keep(key, requested_at, &response);
    response
}

/// `None` where no other request gets the same response.
fn request_key(request: &Request) -> Option<RequestKey> {
    let headers = request.headers();
    let is_personal = PERSONAL.iter().any(|name| headers.contains_key(name));
    if request.method() != Method::GET || is_personal {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    let mut depends_on = |part: &[u8]| {
        hasher.update(&part.len().to_le_bytes());
        hasher.update(part);
    };
    let uri = request.uri();
    depends_on(uri.path().as_bytes());
    depends_on(uri.query().unwrap_or_default().as_bytes());
    for name in [ACCEPT_ENCODING, AUTHORIZATION] {
        for value in headers.get_all(&name) {
            depends_on(value.as_bytes());
        }
        depends_on(name.as_str().as_bytes());
    }
    Some(*hasher.finalize().as_bytes())
}

impl ResponseCache {
    pub fn new(generation: &Arc<Generation>, log: &Arc<RequestLog>) -> Self {
        Self {
            responses: Cache::new(RESPONSES_MAX),
            generation: generation.clone(),
            log: log.clone(),
        }
    }

    /// When a cached response has expired, one request revalidates it and holds the guard meanwhile; the others wait up to
    /// 100 ms for it, and then go on by themselves.
    async fn revalidate(&self, key: &RequestKey) -> Option<OwnedMutexGuard<()>> {
        let cached = self.responses.get(key)?;
        if self.generation.age(cached.requested_at).is_some() {
            return None;
        }
        let revalidation = cached.revalidation.clone().try_lock_owned().ok();
        if revalidation.is_none() {
            let _ = timeout(REVALIDATION_WAIT, cached.revalidation.lock()).await;
        }
        revalidation
    }

    /// A response that may be reused, with its age.
    fn find(&self, key: &RequestKey) -> Option<(Arc<CachedResponse>, Duration)> {
        let cached = self.responses.get(key)?;
        let age = self.generation.age(cached.requested_at)?;
        Some((cached, age))
    }

    fn keep(&self, key: RequestKey, requested_at: Moment, response: &Response) {
        let is_for_everyone =
            response.status() == StatusCode::OK && !response.headers().contains_key(SET_COOKIE);
        let reusable = response.extensions().get::<Reusable>();
        match reusable.filter(|_| is_for_everyone) {
            Some(Reusable(body)) => {
                let mut headers = response.headers().clone();
                // Of the request that got this response first.
                headers.remove(SERVER_TIMING);
                let cached = CachedResponse {
                    headers,
                    facts: response.extensions().get::<Facts>().copied(),
                    body: Arc::downgrade(body),
                    requested_at,
                    revalidation: Arc::default(),
                };
                self.responses.insert(key, Arc::new(cached));
            }
            None => {
                self.responses.remove(&key);
            }
        }
    }
}

impl CachedResponse {
    /// `None` where the body cache has evicted the body.
    fn response(&self) -> Option<Response> {
        let body = self.body.upgrade()?;
        let mut response = Response::new(stream_part(&body, 0..body.bytes()));
        *response.headers_mut() = self.headers.clone();
        Some(response)
    }
}
