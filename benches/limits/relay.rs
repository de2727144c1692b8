//! Stands between a server and the queried PostgreSQL, and counts: the commands that PostgreSQL executed, and how often
//! the server waited for it. Reads as much of PostgreSQL's protocol, version 3.0, as that needs, and no TLS.

use std::io;
use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::outcome::Outcome;

/// Responses are held back for this long, so that whatever the server sends without waiting for them comes first.
const HOLD: Duration = Duration::from_millis(5);
const CHUNK: usize = 64 << 10;

/// Each message begins with its type, and with its length without the type.
const TYPE_BYTES: usize = 1;
const LENGTH_BYTES: usize = 4;
/// `CommandComplete` and `EmptyQueryResponse`: one of them ends each command.
const COMMAND_ENDS: [u8; 2] = [b'C', b'I'];

/// Dropping it closes its connections.
pub struct Relay {
    pub port: u16,
    counter: Arc<Counter>,
    listening: AbortHandle,
}

/// Over all connections.
#[derive(Default)]
struct Counter {
    commands: AtomicUsize,
    round_trips: AtomicUsize,
}

/// What was counted so far.
#[derive(Clone, Copy)]
pub struct Counts {
    pub commands: usize,
    pub round_trips: usize,
}

impl Relay {
    /// Listens for connections to the PostgreSQL on this port.
    pub fn start(runtime: &Runtime, postgresql: u16) -> Outcome<Self> {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let port = listener.local_addr()?.port();
        let counter = Arc::new(Counter::default());
        let listening = runtime.spawn(listen(listener, postgresql, counter.clone()));
        Ok(Self {
            port,
            counter,
            listening: listening.abort_handle(),
        })
    }

    pub fn counts(&self) -> Counts {
        Counts {
            commands: self.counter.commands.load(Ordering::Relaxed),
            round_trips: self.counter.round_trips.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            commands: self.commands - before.commands,
            round_trips: self.round_trips - before.round_trips,
        }
    }
}

async fn listen(listener: TcpListener, postgresql: u16, counter: Arc<Counter>) {
    let mut connections = JoinSet::new();
    while let Ok((server, _)) = listener.accept().await {
        connections.spawn(pass(server, postgresql, counter.clone()));
    }
}

/// Until one of both ends the connection.
async fn pass(server: TcpStream, postgresql: u16, counter: Arc<Counter>) -> io::Result<()> {
    let postgresql = TcpStream::connect(("127.0.0.1", postgresql)).await?;
    server.set_nodelay(true)?;
    postgresql.set_nodelay(true)?;
    let (from_server, to_server) = server.into_split();
    let (from_postgresql, to_postgresql) = postgresql.into_split();
    let has_response = AtomicBool::new(true);
    tokio::select! {
        passed = pass_requests(from_server, to_postgresql, &counter, &has_response) => passed,
        passed = pass_responses(from_postgresql, to_server, &counter, &has_response) => passed,
    }
}

/// What is sent after a response was received begins another round trip.
async fn pass_requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    counter: &Counter,
    has_response: &AtomicBool,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        if has_response.swap(false, Ordering::Relaxed) {
            counter.round_trips.fetch_add(1, Ordering::Relaxed);
        }
        to.write_all(&chunk[..length]).await?;
    }
}

async fn pass_responses(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    counter: &Counter,
    has_response: &AtomicBool,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut unread = Vec::new();
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        unread.extend_from_slice(&chunk[..length]);
        let ended = take_messages(&mut unread).filter(|kind| COMMAND_ENDS.contains(kind));
        counter.commands.fetch_add(ended.count(), Ordering::Relaxed);
        sleep(HOLD).await;
        has_response.store(true, Ordering::Relaxed);
        to.write_all(&chunk[..length]).await?;
    }
}

/// The types of the whole messages, which are removed.
fn take_messages(unread: &mut Vec<u8>) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let header = unread.get(TYPE_BYTES..TYPE_BYTES + LENGTH_BYTES)?;
        let length = u32::from_be_bytes(header.try_into().ok()?);
        let message = TYPE_BYTES + usize::try_from(length).ok()?;
        let kind = *unread.first()?;
        (message <= unread.len()).then(|| unread.drain(..message))?;
        Some(kind)
    })
}
