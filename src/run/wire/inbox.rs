//! What a server sends, message by message, from a buffer of fixed size. A message that is larger is read in parts.

use std::io;

use futures_util::FutureExt;
use postgres_protocol::message::backend::Header;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::error::WireError;

/// Of the buffer. Rows usually arrive several at a time.
const BUFFER_BYTES: usize = 64 << 10;
const HEADER_BYTES: usize = 5;
/// PostgreSQL allocates no message that is larger (`MaxAllocSize` in its `memutils.h`).
const MESSAGE_BYTES_MAX: i32 = 0x3fff_ffff;

pub(super) struct Inbox {
    buffer: Box<[u8]>,
    /// What was received and not read yet: `buffer[start..end]`.
    start: usize,
    end: usize,
    /// Of the current message's body. Kept here, so that a reader that is dropped half way leaves the place known.
    unread: usize,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            unread: 0,
        }
    }

    /// Goes on to the next message, and returns its tag. What is left of the current one is skipped.
    pub(super) async fn next<S>(&mut self, stream: &mut S) -> Result<u8, WireError>
    where
        S: AsyncRead + Unpin + ?Sized,
    {
        while self.unread > 0 {
            let length = self.some(stream).await?.len();
            self.consume(length);
        }
        while self.end - self.start < HEADER_BYTES {
            self.fill(stream).await?;
        }
        let header = Header::parse(&self.buffer[self.start..self.end])
            .map_err(|_| WireError::Unexpected)?
            .filter(|header| header.len() <= MESSAGE_BYTES_MAX)
            .ok_or(WireError::Unexpected)?;
        self.start += HEADER_BYTES;
        self.unread = usize::try_from(header.len() - 4).map_err(|_| WireError::Unexpected)?;
        Ok(header.tag())
    }

    /// Bytes of the current message's body that are not read yet.
    pub(super) fn unread(&self) -> usize {
        self.unread
    }

    /// The whole rest of the body, if it has been received.
    pub(super) fn received(&self) -> Option<&[u8]> {
        self.buffer[self.start..self.end].get(..self.unread)
    }

    /// The next bytes of the body: one or more, unless it has been read to its end.
    pub(super) async fn some<S>(&mut self, stream: &mut S) -> Result<&[u8], WireError>
    where
        S: AsyncRead + Unpin + ?Sized,
    {
        if self.start == self.end && self.unread > 0 {
            self.fill(stream).await?;
        }
        let length = self.unread.min(self.end - self.start);
        Ok(&self.buffer[self.start..self.start + length])
    }

    /// The next bytes of the body, as many as asked for.
    pub(super) async fn array<S, const N: usize>(
        &mut self,
        stream: &mut S,
    ) -> Result<[u8; N], WireError>
    where
        S: AsyncRead + Unpin + ?Sized,
    {
        if self.unread < N {
            return Err(WireError::Unexpected);
        }
        while self.end - self.start < N {
            self.fill(stream).await?;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.buffer[self.start..self.start + N]);
        self.consume(N);
        Ok(bytes)
    }

    /// The whole rest of the body, at most this much.
    pub(super) async fn body<S>(
        &mut self,
        stream: &mut S,
        bytes_max: usize,
    ) -> Result<Vec<u8>, WireError>
    where
        S: AsyncRead + Unpin + ?Sized,
    {
        if self.unread > bytes_max {
            return Err(WireError::Unexpected);
        }
        let mut body = Vec::with_capacity(self.unread);
        while self.unread > 0 {
            let part = self.some(stream).await?;
            body.extend_from_slice(part);
            let length = part.len();
            self.consume(length);
        }
        Ok(body)
    }

    /// Bytes that were returned and are read now.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        self.unread -= count;
    }

    /// Whether the server has closed the connection, or reported an error, while nothing was asked of it.
    pub(super) fn is_closed<S>(&mut self, stream: &mut S) -> bool
    where
        S: AsyncRead + Unpin + ?Sized,
    {
        loop {
            // Notices and changed settings may come at any time. A server that crashes sends a notice, too, and then the end.
            if self.start < self.end && !matches!(self.buffer[self.start], b'N' | b'S' | b'A') {
                return true;
            }
            if self.end == self.buffer.len() {
                return false;
            }
            match self.fill(stream).now_or_never() {
                Some(Ok(())) => {}
                Some(Err(_)) => return true,
                None => return false,
            }
        }
    }

    async fn fill<S>(&mut self, stream: &mut S) -> Result<(), WireError>
    where
        S: AsyncRead + Unpin + ?Sized,
    {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        match stream.read(&mut self.buffer[self.end..]).await {
            Ok(0) => Err(WireError::Closed),
            Ok(count) => {
                self.end += count;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(WireError::Closed),
            Err(error) => Err(WireError::Io(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_connection_is_closed_also_behind_a_notice() {
        let notice = b"N\0\0\0\x05\0";
        for (sent, ends, is_closed) in [
            (&b""[..], false, false),
            (notice, false, false),
            (b"", true, true),
            (notice, true, true),
            (b"E\0\0\0\x05\0", false, true),
        ] {
            let (mut server, mut client) = duplex(1_024);
            server.write_all(sent).await.unwrap();
            let server = (!ends).then_some(server);
            let mut inbox = Inbox::new();
            // The second time, the notice was read before.
            for _ in 0..2 {
                let found = inbox.is_closed(&mut client);
                assert_eq!(found, is_closed, "{sent:?} {ends}");
            }
            drop(server);
        }
    }
}
