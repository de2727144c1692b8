//! Ends a connection whose server does not answer. The operating system notices only a peer that acknowledges nothing: a
//! connection to a proxy whose server is gone would wait forever.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};

/// How PostgreSQL ends every answer: `ReadyForQuery`, and then one byte for the transaction's state.
const READY: [u8; 5] = *b"Z\0\0\0\x05";

/// How long an answer may take to continue, and when a connection last waited longer.
#[derive(Clone, Debug)]
pub struct SilenceLimit {
    limit: Duration,
    last: Arc<Mutex<Option<Instant>>>,
}

/// Follows one connection, from its sign-in on.
pub(super) struct Silence {
    limit: SilenceLimit,
    /// `None` while nothing is asked.
    deadline: Option<Instant>,
    /// `None` while there is no need for one. May fire early, since a deadline only moves on.
    timer: Option<Pin<Box<Sleep>>>,
    last_received: [u8; READY.len() + 1],
}

impl SilenceLimit {
    pub fn new(limit: Duration) -> Self {
        let last = Arc::default();
        Self { limit, last }
    }

    /// The same events, for connections that wait longer.
    pub fn with(&self, limit: Duration) -> Self {
        let last = self.last.clone();
        Self { limit, last }
    }

    /// The server fell silent: connections that were opened before now are not to be used any more.
    pub fn note(&self) {
        *self.last() = Some(Instant::now());
    }

    /// Whether the server fell silent after this.
    pub fn is_after(&self, opened: Instant) -> bool {
        self.last().is_some_and(|last| last >= opened)
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Silence {
    pub(super) fn new(limit: SilenceLimit) -> Self {
        Self {
            limit,
            deadline: None,
            timer: None,
            last_received: [0; READY.len() + 1],
        }
    }

    /// Something was sent, which the server has to answer.
    pub(super) fn sent(&mut self, context: &mut Context<'_>) {
        self.deadline = Some(Instant::now() + self.limit.limit);
        if self.timer.is_none() {
            // Polled, since the connection need not be read before the answer is there.
            let mut timer = Box::pin(sleep(self.limit.limit));
            let _ = timer.as_mut().poll(context);
            self.timer = Some(timer);
        }
    }

    /// A part of an answer arrived, or the end of it.
    pub(super) fn received(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(self.last_received.len());
        self.last_received.rotate_left(kept);
        let place = self.last_received.len() - kept;
        self.last_received[place..].copy_from_slice(&bytes[bytes.len() - kept..]);
        if self.deadline.is_some() {
            let is_complete = self.last_received.starts_with(&READY);
            self.deadline = (!is_complete).then(|| Instant::now() + self.limit.limit);
        }
    }

    /// Nothing could be read. Fails once that was so for too long.
    pub(super) fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while let Some(timer) = &mut self.timer
            && timer.as_mut().poll(context).is_ready()
        {
            match self.deadline {
                None => self.timer = None,
                Some(deadline) if deadline > Instant::now() => {
                    timer.as_mut().reset(deadline.into());
                }
                Some(_) => {
                    self.limit.note();
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    const ANSWER: &[u8] = b"C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";

    /// Asks, receives these parts, and then waits for nothing more.
    async fn outcome(parts: &[&[u8]]) -> Option<io::ErrorKind> {
        let mut silence = Silence::new(SilenceLimit::new(Duration::from_millis(20)));
        poll_fn(|context| {
            silence.sent(context);
            Poll::Ready(())
        })
        .await;
        for part in parts {
            silence.received(part);
        }
        let ended = poll_fn(|context| match silence.check(context) {
            Ok(()) if silence.timer.is_none() => Poll::Ready(None),
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Some(error.kind())),
        });
        ended.await
    }

    #[tokio::test]
    async fn only_an_answer_that_does_not_come_to_its_end_is_missed() {
        for at in 0..ANSWER.len() {
            let (first, second) = ANSWER.split_at(at);
            assert_eq!(outcome(&[first, second]).await, None, "{at}");
        }
        let missed = Some(io::ErrorKind::TimedOut);
        assert_eq!(outcome(&[]).await, missed);
        assert_eq!(outcome(&[&ANSWER[..ANSWER.len() - 1]]).await, missed);
    }

    #[test]
    fn a_silence_is_told_to_connections_that_were_open_before_it() {
        let limit = SilenceLimit::new(Duration::from_secs(1));
        let before = Instant::now();
        assert!(!limit.is_after(before));
        limit.with(Duration::from_secs(2)).note();
        assert!(limit.is_after(before));
        assert!(!limit.is_after(Instant::now() + Duration::from_millis(1)));
    }
}
