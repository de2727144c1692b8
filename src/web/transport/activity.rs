//! What a connection, or one HTTP/2 stream, does at the moment, and since when: this decides when its client has kept the
//! server waiting for too long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::Version;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::limits::ConnectionLimits;

pub(super) struct Activity {
    state: Mutex<State>,
    cut: CancellationToken,
    requested: Notify,
}

struct State {
    /// Requests in progress: their limits are those of runs, for as long as the client takes what is ready.
    requests: usize,
    /// Since when there is no request, and nothing was sent.
    idle_since: Instant,
    /// Since when the head of a request arrives.
    head_since: Option<Instant>,
    /// Since when the client takes nothing of what is ready for it.
    untaken_since: Option<Instant>,
    taken: Taken,
    /// Then requests share the connection with pings and the like, and heads cannot be told apart.
    is_http2: bool,
}

/// How quickly the client takes a response.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// How long the server has waited for it.
    waited: Duration,
    /// What it took.
    bytes: u64,
}

/// A request in progress, until its response has been handed over.
pub(super) struct InProgress(Arc<Activity>);

impl Activity {
    /// Of a connection, whose first request has to begin to arrive at once.
    pub(super) fn of_connection() -> Arc<Self> {
        Self::new(0)
    }

    /// Of a stream, which is one request.
    pub(super) fn of_stream() -> Arc<Self> {
        Self::new(1)
    }

    fn new(requests: usize) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            state: Mutex::new(State {
                requests,
                idle_since: now,
                head_since: Some(now),
                untaken_since: None,
                taken: Taken::default(),
                is_http2: false,
            }),
            cut: CancellationToken::new(),
            requested: Notify::new(),
        })
    }

    pub(super) fn begin_request(self: &Arc<Self>, version: Version) -> InProgress {
        let mut state = self.state();
        state.requests += 1;
        state.head_since = None;
        state.taken = Taken::default();
        state.is_http2 = version == Version::HTTP_2;
        drop(state);
        self.requested.notify_one();
        InProgress(self.clone())
    }

    /// Bytes arrived.
    pub(super) fn receive(&self) {
        let mut state = self.state();
        if state.requests == 0 && !state.is_http2 && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// Something is ready that the client does not take just now.
    pub(super) fn wait_for_client(&self) {
        self.state().untaken_since.get_or_insert_with(Instant::now);
    }

    /// The client took this many bytes, or there is nothing to take.
    pub(super) fn take(&self, bytes: usize) {
        let mut state = self.state();
        state.taken.bytes += bytes as u64;
        if let Some(since) = state.untaken_since.take() {
            state.taken.waited += since.elapsed();
        }
        if state.requests == 0 {
            state.idle_since = Instant::now();
        }
    }

    /// `None` while it is of use: then it does not have to make room for another.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        let is_idle = state.requests == 0 && state.untaken_since.is_none();
        is_idle.then_some(state.idle_since)
    }

    pub(super) fn is_overdue(&self, now: Instant, limits: &ConnectionLimits) -> bool {
        let mut state = self.state();
        if state.is_too_slow(now, limits) {
            return true;
        }
        let (since, limit) = match (state.untaken_since, state.head_since) {
            (Some(since), _) => (since, limits.send),
            _ if state.requests > 0 => return false,
            (None, Some(since)) => (since, limits.header),
            (None, None) => (state.idle_since, limits.idle),
        };
        now.saturating_duration_since(since) >= limit
    }

    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    pub(super) async fn is_cut(&self) {
        self.cut.cancelled().await;
    }

    /// Whether it is cut while something is left that its client has not taken.
    pub(super) fn leaves_something(&self) -> bool {
        self.cut.is_cancelled() && self.state().untaken_since.is_some()
    }

    /// Resolves when a request has begun.
    pub(super) async fn has_request(&self) {
        self.requested.notified().await;
    }

    fn end_request(&self) {
        let mut state = self.state();
        state.requests -= 1;
        state.idle_since = Instant::now();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the client took too little in a window that has just ended; then the next one begins.
    fn is_too_slow(&mut self, now: Instant, limits: &ConnectionLimits) -> bool {
        let waiting = self
            .untaken_since
            .map(|since| now.saturating_duration_since(since));
        let waited = self.taken.waited + waiting.unwrap_or_default();
        let is_too_slow = limits.is_too_slow(self.taken.bytes, waited);
        if is_too_slow == Some(false) {
            self.taken = Taken::default();
        }
        is_too_slow.unwrap_or(false)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.end_request();
    }
}
