//! A proxy to PostgreSQL that understands messages, and mangles those that a marked text brings.

use std::io;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::sleep;

/// What a text holds whose messages are mangled: from when the client first sends it, all that PostgreSQL sends.
pub const MARK: &str = "/* mangled */";

/// Long enough for the client to meet the end of what has arrived.
const PAUSE: Duration = Duration::from_millis(1);
const CANCEL_REQUEST: u32 = 80_877_102;

/// What happens to PostgreSQL's messages, counted from 0 at the mark.
#[derive(Clone, Debug)]
pub enum Mangle {
    /// All arrive in pieces of so many bytes.
    Pieces(usize),
    /// A pause before this byte.
    Pause(usize),
    /// These bytes arrive before that message.
    Before(usize, Vec<u8>),
    /// An error arrives instead of that message and of those behind it, up to the next ReadyForQuery.
    Error(usize, Vec<u8>),
    /// Of the messages with this type, that one is replaced.
    Replaced(u8, usize, fn(&[u8]) -> Vec<u8>),
    /// These bytes arrive instead of that message, and then the connection is closed.
    Closed(usize, Vec<u8>),
    /// The connection is closed within that message, after so many bytes of it.
    ClosedWithin(usize, usize),
}

pub struct Mangler {
    port: u16,
    state: Arc<Mutex<State>>,
    /// How many cancel requests may have been delivered.
    gate: watch::Sender<bool>,
    delivered: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    mangle: Option<Mangle>,
    /// Which use of the mangler this is; a connection that met a mark remembers the number.
    number: u64,
    messages: usize,
    messages_of_type: usize,
    bytes: usize,
    was_hit: bool,
    is_skipping: bool,
    held: usize,
}

/// What to do with a message.
enum Pass {
    Whole(Vec<u8>),
    Pieces(Vec<u8>, usize),
    Paused(Vec<u8>, Vec<u8>),
    /// So much, and then no more.
    Last(Vec<u8>),
}

impl Mangler {
    /// To a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mangler = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
            gate: watch::channel(true).0,
            delivered: watch::channel(0).0,
        };
        let (state, gate) = (mangler.state.clone(), mangler.gate.subscribe());
        let delivered = mangler.delivered.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (state, gate, delivered) = (state.clone(), gate.clone(), delivered.clone());
                tokio::spawn(async move {
                    let _ = carry(near, far, state, gate, delivered).await;
                });
            }
        });
        mangler
    }

    pub fn url(&self, user: &str, database: &str) -> String {
        let port = self.port;
        format!("postgresql://{user}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// From the next mark on.
    pub fn start(&self, mangle: Mangle) {
        let mut state = self.state.lock().unwrap();
        *state = State {
            mangle: Some(mangle),
            number: state.number + 1,
            held: state.held,
            ..State::default()
        };
    }

    /// Returns whether anything was mangled.
    pub fn stop(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        state.mangle = None;
        state.was_hit
    }

    /// Keeps cancel requests back. To the client they seem to have been delivered.
    pub fn hold_cancels(&self) {
        self.gate.send_replace(false);
    }

    /// Delivers what was held; returns how many there were, once PostgreSQL has sent the signals.
    pub async fn deliver_cancels(&self) -> usize {
        let held = mem::take(&mut self.state.lock().unwrap().held);
        self.delivered.send_replace(0);
        self.gate.send_replace(true);
        let mut delivered = self.delivered.subscribe();
        delivered.wait_for(|count| *count >= held).await.unwrap();
        held
    }
}

async fn carry(
    mut near: TcpStream,
    mut far: TcpStream,
    state: Arc<Mutex<State>>,
    mut gate: watch::Receiver<bool>,
    delivered: watch::Sender<usize>,
) -> io::Result<()> {
    near.set_nodelay(true)?;
    let mut start = vec![0; 8];
    near.read_exact(&mut start).await?;
    let length = u32::from_be_bytes([start[0], start[1], start[2], start[3]]) as usize;
    start.resize(length, 0);
    near.read_exact(&mut start[8..]).await?;
    if start[4..8] == CANCEL_REQUEST.to_be_bytes() {
        let is_held = !*gate.borrow();
        if is_held {
            state.lock().unwrap().held += 1;
            drop(near);
            let _ = gate.wait_for(|is_open| *is_open).await;
        }
        far.write_all(&start).await?;
        far.read_to_end(&mut Vec::new()).await?;
        if is_held {
            delivered.send_modify(|count| *count += 1);
        }
        return Ok(());
    }
    far.write_all(&start).await?;
    let (near_reader, near_writer) = near.into_split();
    let (far_reader, far_writer) = far.into_split();
    let marked = AtomicU64::new(0);
    tokio::select! {
        ended = up(near_reader, far_writer, &state, &marked) => ended,
        ended = down(far_reader, near_writer, &state, &marked) => ended,
    }
}

/// From the client, in search of the mark.
async fn up(
    mut near: OwnedReadHalf,
    mut far: OwnedWriteHalf,
    state: &Mutex<State>,
    marked: &AtomicU64,
) -> io::Result<()> {
    let mut window = Vec::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        let count = near.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        window.extend_from_slice(&bytes[..count]);
        if window
            .windows(MARK.len())
            .any(|part| part == MARK.as_bytes())
        {
            marked.store(state.lock().unwrap().number, Ordering::SeqCst);
            window.clear();
        }
        window.drain(..window.len().saturating_sub(MARK.len() - 1));
        far.write_all(&bytes[..count]).await?;
    }
}

/// To the client, message by message.
async fn down(
    mut far: OwnedReadHalf,
    mut near: OwnedWriteHalf,
    state: &Mutex<State>,
    marked: &AtomicU64,
) -> io::Result<()> {
    let mut arrived = Vec::new();
    loop {
        if far.read_buf(&mut arrived).await? == 0 {
            return Ok(());
        }
        let mut out = Vec::new();
        while let Some(message) = message(&mut arrived) {
            let is_marked = |state: &State| {
                state.mangle.is_some() && marked.load(Ordering::SeqCst) == state.number
            };
            let pass = {
                let mut state = state.lock().unwrap();
                match is_marked(&state) {
                    true => state.pass(message),
                    false => Pass::Whole(message),
                }
            };
            match pass {
                Pass::Whole(bytes) => out.extend(bytes),
                Pass::Pieces(bytes, size) => {
                    near.write_all(&mem::take(&mut out)).await?;
                    for piece in bytes.chunks(size) {
                        near.write_all(piece).await?;
                        yield_now().await;
                    }
                }
                Pass::Paused(before, after) => {
                    out.extend(before);
                    near.write_all(&mem::take(&mut out)).await?;
                    sleep(PAUSE).await;
                    out.extend(after);
                }
                Pass::Last(bytes) => {
                    out.extend(bytes);
                    near.write_all(&out).await?;
                    return Ok(());
                }
            }
        }
        near.write_all(&out).await?;
    }
}

/// Takes the first message, once it is whole.
fn message(arrived: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = arrived.get(1..5)?;
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize + 1;
    (arrived.len() >= length).then(|| arrived.drain(..length).collect())
}

impl State {
    fn pass(&mut self, message: Vec<u8>) -> Pass {
        let (number, offset) = (self.messages, self.bytes);
        self.messages += 1;
        self.bytes += message.len();
        let Some(mangle) = self.mangle.clone() else {
            return Pass::Whole(message);
        };
        match mangle {
            Mangle::Pieces(size) => {
                self.was_hit = true;
                Pass::Pieces(message, size)
            }
            Mangle::Pause(at) if (offset..self.bytes).contains(&at) => {
                self.was_hit = true;
                let (before, after) = message.split_at(at - offset);
                Pass::Paused(before.to_vec(), after.to_vec())
            }
            Mangle::Before(at, mut bytes) if number == at => {
                self.was_hit = true;
                bytes.extend(message);
                Pass::Whole(bytes)
            }
            Mangle::Error(at, error) if number == at => {
                self.was_hit = true;
                self.is_skipping = message[0] != b'Z';
                match self.is_skipping {
                    true => Pass::Whole(error),
                    false => Pass::Whole([error, message].concat()),
                }
            }
            Mangle::Error(..) if self.is_skipping => {
                self.is_skipping = message[0] != b'Z';
                match self.is_skipping {
                    true => Pass::Whole(Vec::new()),
                    false => Pass::Whole(message),
                }
            }
            Mangle::Replaced(kind, at, replace) if message[0] == kind => {
                self.messages_of_type += 1;
                let is_it = self.messages_of_type == at + 1;
                self.was_hit |= is_it;
                match is_it {
                    true => Pass::Whole(replace(&message)),
                    false => Pass::Whole(message),
                }
            }
            Mangle::Closed(at, bytes) if number == at => {
                self.was_hit = true;
                Pass::Last(bytes)
            }
            Mangle::ClosedWithin(at, bytes) if number == at => {
                self.was_hit = true;
                let length = bytes.min(message.len() - 1);
                Pass::Last(message[..length].to_vec())
            }
            Mangle::Pause(_)
            | Mangle::Before(..)
            | Mangle::Error(..)
            | Mangle::Replaced(..)
            | Mangle::Closed(..)
            | Mangle::ClosedWithin(..) => Pass::Whole(message),
        }
    }
}
