//! The streams of an HTTP/2 connection, one for each request: each is ended by itself if its client takes nothing.

use std::sync::Arc;

use hyper::rt::Executor;
use tokio::task_local;

use super::activity::Activity;
use super::seats::{Seat, Seats};

task_local! {
    static STREAM: Arc<Activity>;
}

/// Runs the streams of a connection.
#[derive(Clone)]
pub(super) struct Streams(Arc<Seats>);

/// That of the request in progress; `None` with HTTP/1.1.
pub(super) fn current() -> Option<Arc<Activity>> {
    STREAM.try_with(Arc::clone).ok()
}

impl Streams {
    pub(super) fn of(seat: &Seat) -> Self {
        Self(seat.seats.clone())
    }
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let watched = self.0.watch_stream();
        tokio::spawn(async move {
            let activity = watched.activity.clone();
            tokio::select! {
                _ = STREAM.scope(activity.clone(), stream) => {}
                () = activity.is_cut() => {}
            }
        });
    }
}
