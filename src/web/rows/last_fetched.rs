//! Stores when a clip's rows were last fetched, at most once a minute for each clip. No response waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::model::Fetch;
use crate::store::Store;

/// The minimum time between two notes of the same clip.
const INTERVAL: Duration = Duration::from_secs(60);

/// Marks a response that shows the rows of the clip with this number.
#[derive(Clone, Copy, Debug)]
pub struct Fetched(pub i64);

/// When this process last noted a clip, by its number.
#[derive(Debug, Default)]
pub struct LastFetched(Mutex<HashMap<i64, Instant>>);

/// Layer of the rows, and of the pages that show them.
pub async fn note(
    State((store, last_fetched)): State<(Store, Arc<LastFetched>)>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    if let Some(Fetched(number)) = response.extensions().get() {
        last_fetched.note(&store, *number);
    }
    response
}

impl LastFetched {
    fn note(&self, store: &Store, number: i64) {
        if !self.is_due(number, Instant::now()) {
            return;
        }
        let store = store.clone();
        tokio::spawn(async move {
            if let Err(error) = Fetch::note(&store, number).await {
                let cause = error.cause();
                tracing::debug!(clip = number, cause, "a fetch was not noted");
            }
        });
    }

    /// Forgets the clips that may be noted again.
    pub fn sweep(&self) {
        let now = Instant::now();
        self.noted()
            .retain(|_, at| now.duration_since(*at) < INTERVAL);
    }

    fn is_due(&self, number: i64, now: Instant) -> bool {
        let mut noted = self.noted();
        let last = noted.get(&number);
        if last.is_some_and(|last| now.duration_since(*last) < INTERVAL) {
            return false;
        }
        noted.insert(number, now);
        true
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<i64, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_noted_once_a_minute() {
        let fetches = LastFetched::default();
        let start = Instant::now();
        for (clip, after, is_due) in [
            (1, Duration::ZERO, true),
            (1, Duration::ZERO, false),
            (2, Duration::ZERO, true),
            (1, Duration::from_millis(59_999), false),
            (1, INTERVAL, true),
            (1, INTERVAL, false),
            (1, 2 * INTERVAL, true),
        ] {
            assert_eq!(
                fetches.is_due(clip, start + after),
                is_due,
                "{clip} {after:?}"
            );
        }
    }
}
