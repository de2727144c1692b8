//! The body of a request, which has to arrive in time.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// Each second in which so many bytes arrive does not count.
const BYTES_PER_SECOND_MIN: u64 = 4 << 10;

/// The client took too long to send the body.
#[derive(Debug)]
pub struct TooSlow;

pub(super) struct ReceivedBody {
    body: Incoming,
    begun: Instant,
    limit: Duration,
    bytes: u64,
    timer: Pin<Box<Sleep>>,
}

impl ReceivedBody {
    /// The same body with this limit; requests without one need none.
    pub(super) fn wrap(body: Incoming, limit: Duration) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        let begun = Instant::now();
        Body::new(Self {
            body,
            begun,
            limit,
            bytes: 0,
            timer: Box::pin(sleep_until(begun + limit)),
        })
    }

    fn deadline(&self) -> Instant {
        let sent = Duration::from_millis(self.bytes * 1_000 / BYTES_PER_SECOND_MIN);
        self.begun + self.limit + sent
    }

    fn poll_too_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

impl hyper::body::Body for ReceivedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let too_late = self.poll_too_late(context);
                return too_late.map(|()| Some(Err(TooSlow.into())));
            }
        };
        let bytes = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref());
        self.bytes += bytes.map_or(0, |bytes| bytes.len() as u64);
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Display for TooSlow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the body did not arrive in time")
    }
}

impl std::error::Error for TooSlow {}
