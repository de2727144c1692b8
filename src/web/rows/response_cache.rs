//! Stored rows that were asked for a moment ago, ready to leave: who asks the same is answered at once, access included.
//! See `generation` for how long that holds.

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

use super::read_cache::{Generation, Moment};
use super::response;
use crate::result::Spool;
use crate::web::http::request_log;
use crate::web::http::request_log::Unlogged;

/// From then on the router is asked anew, beside one of those answers, so that nobody waits for it.
const RENEWED_AFTER: Duration = Duration::from_millis(250);
/// How long one waits for another who asks the same.
const PATIENCE: Duration = Duration::from_millis(100);
/// Those that are asked for most stay.
const ANSWERS_MAX: usize = 1_000;
/// What makes an answer another one, or none that others get too.
const PERSONAL: [HeaderName; 6] = [
    COOKIE,
    RANGE,
    IF_NONE_MATCH,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
];

/// Marks a response that may be given again.
#[derive(Clone)]
pub struct Again(pub Arc<Spool>);

/// The answers of a moment ago.
pub struct ResponseCache {
    answers: Cache<Question, Arc<Answer>>,
    generation: Arc<Generation>,
}

/// A hash of all that an answer depends on.
type Question = [u8; blake3::OUT_LEN];

struct Answer {
    headers: HeaderMap,
    /// Held by `answers`, for as long as there is room.
    bytes: Weak<Spool>,
    /// Before access was decided.
    asked: Moment,
    /// Held by the one who asks anew.
    turn: Arc<Mutex<()>>,
}

/// Layer before the whole URL table.
pub async fn answer(
    State(response_cache): State<Arc<ResponseCache>>,
    request: Request,
    next: Next,
) -> Response {
    if !request.method().is_safe() {
        let _change = response_cache.generation.begin();
        return next.run(request).await;
    }
    let Some(question) = question(&request) else {
        return next.run(request).await;
    };
    let _turn = response_cache.turn(&question).await;
    if let Some((answer, age)) = response_cache.find(&question)
        && let Some(response) = answer.again()
    {
        if age >= RENEWED_AFTER
            && let Ok(turn) = answer.turn.clone().try_lock_owned()
        {
            tokio::spawn(renew(response_cache, turn, question, request, next));
        }
        request_log::answered_at_once(&response);
        return response;
    }
    ask(&response_cache, question, request, next).await
}

/// Nobody waits for it.
async fn renew(
    response_cache: Arc<ResponseCache>,
    _turn: OwnedMutexGuard<()>,
    question: Question,
    mut request: Request,
    next: Next,
) {
    request.extensions_mut().insert(Unlogged);
    ask(&response_cache, question, request, next).await;
}

async fn ask(
    response_cache: &ResponseCache,
    question: Question,
    request: Request,
    next: Next,
) -> Response {
    let asked = response_cache.generation.now();
    let response = next.run(request).await;
    response_cache.keep(question, asked, &response);
    response
}

/// `None` where no other request has the same answer.
fn question(request: &Request) -> Option<Question> {
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
    pub fn new(generation: &Arc<Generation>) -> Self {
        Self {
            answers: Cache::new(ANSWERS_MAX),
            generation: generation.clone(),
        }
    }

    /// Of many who come to an answer that may not be told any more, the first asks and holds this meanwhile. The others
    /// wait for him, but not long: then it is no answer for all any more.
    async fn turn(&self, question: &Question) -> Option<OwnedMutexGuard<()>> {
        let answer = self.answers.get(question)?;
        if self.generation.age(answer.asked).is_some() {
            return None;
        }
        let turn = answer.turn.clone().try_lock_owned().ok();
        if turn.is_none() {
            let _ = timeout(PATIENCE, answer.turn.lock()).await;
        }
        turn
    }

    /// With its age.
    fn find(&self, question: &Question) -> Option<(Arc<Answer>, Duration)> {
        let answer = self.answers.get(question)?;
        let age = self.generation.age(answer.asked)?;
        Some((answer, age))
    }

    fn keep(&self, question: Question, asked: Moment, response: &Response) {
        let again = response.extensions().get::<Again>();
        let is_for_all =
            response.status() == StatusCode::OK && !response.headers().contains_key(SET_COOKIE);
        match again.filter(|_| is_for_all) {
            Some(Again(bytes)) => {
                let answer = Answer {
                    headers: response.headers().clone(),
                    bytes: Arc::downgrade(bytes),
                    asked,
                    turn: Arc::default(),
                };
                self.answers.insert(question, Arc::new(answer));
            }
            None => {
                self.answers.remove(&question);
            }
        }
    }
}

impl Answer {
    /// `None` where its bytes had to make room.
    fn again(&self) -> Option<Response> {
        let bytes = self.bytes.upgrade()?;
        let mut response = Response::new(response::body(&bytes, 0..bytes.bytes()));
        *response.headers_mut() = self.headers.clone();
        Some(response)
    }
}
