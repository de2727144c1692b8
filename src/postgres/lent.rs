//! A stream that is lent to the PostgreSQL library: it signs in over it, and the stream comes back when the library's
//! connection is dropped.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::dial::Socket;
use super::key::KeyReader;
use super::silence::{Silence, SilenceLimit};

/// What a connection sends and receives by: a socket, or TLS over one.
pub trait Transport: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Transport for T {}

/// Where a lent stream comes back to; without its lender, a stream is closed when it is dropped.
#[derive(Clone, Default)]
pub(super) struct Lender {
    returned: Arc<Mutex<Returned>>,
    silence: Option<SilenceLimit>,
}

#[derive(Default)]
struct Returned {
    stream: Option<Box<dyn Transport>>,
    key_process: Option<i32>,
}

/// Reads and writes as the stream itself. Shutting it down waits until the server has closed it.
pub(super) struct Lent<T: Transport + 'static> {
    /// `None` only while it is dropped.
    stream: Option<T>,
    key: KeyReader,
    /// From the key on: only the stream that carries PostgreSQL's messages in plain has one.
    silence: Option<Silence>,
    silence_limit: Option<SilenceLimit>,
    /// Weak, since TLS over a lent socket comes back with that socket in it.
    returned: Weak<Mutex<Returned>>,
}

/// Opens TLS over a lent socket, and lends the encrypted stream in its place.
pub(super) struct LendingTls {
    connect: RustlsConnect,
    lender: Lender,
}

type RustlsConnect = <MakeRustlsConnect as MakeTlsConnect<Lent<Socket>>>::TlsConnect;
type RustlsStream = <MakeRustlsConnect as MakeTlsConnect<Lent<Socket>>>::Stream;

impl Lender {
    /// Connections fail where the server is silent for longer than this.
    pub(super) fn within(silence: Option<SilenceLimit>) -> Self {
        Self {
            silence,
            ..Self::default()
        }
    }

    pub(super) fn lend<T: Transport>(&self, stream: T) -> Lent<T> {
        Lent {
            stream: Some(stream),
            key: KeyReader::default(),
            silence: None,
            silence_limit: self.silence.clone(),
            returned: Arc::downgrade(&self.returned),
        }
    }

    /// `host` is the name that the server's certificate has to be for.
    pub(super) fn tls(&self, tls: &MakeRustlsConnect, host: &str) -> io::Result<LendingTls> {
        let mut tls = tls.clone();
        let connect = MakeTlsConnect::<Lent<Socket>>::make_tls_connect(&mut tls, host)
            .map_err(io::Error::other)?;
        Ok(LendingTls {
            connect,
            lender: self.clone(),
        })
    }

    /// The stream, once whoever it was lent to has dropped it.
    pub(super) fn take_back(&self) -> Option<Box<dyn Transport>> {
        lock(&self.returned).stream.take()
    }

    /// The process id in the cancel key that the server sent.
    pub(super) fn key_process(&self) -> Option<i32> {
        lock(&self.returned).key_process
    }
}

fn lock(returned: &Mutex<Returned>) -> MutexGuard<'_, Returned> {
    returned.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Transport> Lent<T> {
    fn stream(&mut self) -> Pin<&mut T> {
        Pin::new(self.stream.as_mut().expect("only dropping takes it"))
    }
}

impl<T: Transport> Drop for Lent<T> {
    fn drop(&mut self) {
        if let (Some(stream), Some(returned)) = (self.stream.take(), self.returned.upgrade()) {
            lock(&returned).stream = Some(Box::new(stream));
        }
    }
}

impl<T: Transport> AsyncRead for Lent<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.stream().poll_read(context, buffer);
        let received = &buffer.filled()[before..];
        if let Some(silence) = &mut self.silence {
            match read {
                Poll::Pending => silence.check(context)?,
                Poll::Ready(_) => silence.received(received),
            }
        }
        if let Some(process) = self.key.read(received) {
            if let Some(returned) = self.returned.upgrade() {
                lock(&returned).key_process = Some(process);
            }
            self.silence = self.silence_limit.clone().map(Silence::new);
        }
        read
    }
}

impl<T: Transport> AsyncWrite for Lent<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write(context, bytes);
        if let (Poll::Ready(Ok(_)), Some(silence)) = (&written, &mut self.silence) {
            silence.sent(context);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    /// The library shuts a stream down after a cancel request. As libpq does, this waits for the server to close it: a
    /// pooler loses the request of a client that leaves earlier (seen with PgBouncer 1.18: 9 of 11).
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut bytes = [0; 64];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = self.stream().poll_read(context, &mut buffer);
            match read {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                // With TLS, a server that closes without saying so is an error.
                Poll::Ready(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl TlsStream for Lent<RustlsStream> {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.stream {
            Some(stream) => stream.channel_binding(),
            None => ChannelBinding::none(),
        }
    }
}

impl TlsConnect<Lent<Socket>> for LendingTls {
    type Stream = Lent<RustlsStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Stream>> + Send>>;

    fn connect(self, socket: Lent<Socket>) -> Self::Future {
        Box::pin(async move {
            let stream = self.connect.connect(socket).await?;
            Ok(self.lender.lend(stream))
        })
    }
}
