//! A client's socket: notes what arrives, and whether the client takes what is sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::Activity;
use super::limits::ConnectionLimits;

/// Bytes that wait in the system's memory for a client: few, so that a slow one is seen to take something again and again.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
const UNSENT_BYTES_MAX: u32 = 128 << 10;
/// When a client that sends nothing is asked whether it is still there, at the latest.
const KEEPALIVE_TIME_MAX: Duration = Duration::from_secs(60);
/// The system counts in seconds.
const KEEPALIVE_MIN: Duration = Duration::from_secs(1);

pub(super) struct Socket {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Socket {
    pub(super) fn new(
        stream: TcpStream,
        activity: Arc<Activity>,
        limits: &ConnectionLimits,
    ) -> Self {
        if let Err(error) = configure(&stream, limits) {
            tracing::debug!(%error, "a socket cannot be configured");
        }
        Self { stream, activity }
    }

    fn note(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => self.activity.wait_for_client(),
            Poll::Ready(Ok(bytes)) => self.activity.take(*bytes),
            Poll::Ready(Err(_)) => self.activity.take(0),
        }
    }
}

/// Small responses leave at once, without waiting for the client's acknowledgement of the one before.
fn configure(stream: &TcpStream, limits: &ConnectionLimits) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&keepalive(limits.send))?;
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(limits.send))?;
    Ok(())
}

/// The user timeout ends a connection whose last probe got no answer, so there are several within it, if it is 4 s or longer.
fn keepalive(user_timeout: Duration) -> TcpKeepalive {
    let time = (user_timeout / 2).clamp(KEEPALIVE_MIN, KEEPALIVE_TIME_MAX);
    TcpKeepalive::new()
        .with_time(time)
        .with_interval((time / 4).max(KEEPALIVE_MIN))
}

impl Drop for Socket {
    /// The system would go on offering what is left to a client that takes nothing.
    fn drop(&mut self) {
        if self.activity.leaves_something() {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.receive();
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
