//! The body of a response: notes when the client takes nothing of it, and when it has been handed over.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};

use super::activity::{Activity, InProgress};
use super::streams;

pub(super) struct SentBody {
    body: Body,
    /// Its HTTP/2 stream. With HTTP/1.1 the socket tells.
    stream: Option<Arc<Activity>>,
    /// Of what was handed over last.
    bytes: usize,
    _progress: InProgress,
}

impl SentBody {
    pub(super) fn new(body: Body, progress: InProgress) -> Self {
        Self {
            body,
            stream: streams::current(),
            bytes: 0,
            _progress: progress,
        }
    }
}

impl hyper::body::Body for SentBody {
    type Data = Bytes;
    type Error = axum::Error;

    /// With HTTP/2, nothing more is asked for until the client has room for what there is.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let Some(stream) = self.stream.clone() else {
            return frame;
        };
        stream.take(mem::take(&mut self.bytes));
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            self.bytes = frame.data_ref().map_or(0, Bytes::len);
            stream.wait_for_client();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
