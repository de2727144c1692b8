//! A proxy to PostgreSQL whose connections can be cut, as when a server fails, or go silent, as when a network does. It
//! counts round trips.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// What a client sends within this time after its first message belongs to the same round trip.
const FAR: Duration = Duration::from_millis(100);

pub struct Proxy {
    port: u16,
    network: watch::Sender<Network>,
    trips: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Network {
    Whole,
    Cut,
    Silent,
}

impl Proxy {
    /// To a port of this machine.
    pub async fn to(port: u16) -> Self {
        Self::with_latency(port, Duration::ZERO).await
    }

    /// The same, as if it were far away, which makes round trips countable.
    pub async fn far(port: u16) -> Self {
        Self::with_latency(port, FAR).await
    }

    async fn with_latency(port: u16, latency: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (network, seen) = watch::channel(Network::Whole);
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            network,
            trips: Arc::default(),
        };
        let line = Line {
            port,
            latency,
            trips: proxy.trips.clone(),
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, line.clone(), seen.clone()));
            }
        });
        proxy
    }

    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgresql://{user}@{}/{database}", self.address())
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How often a client has sent something and then waited for an answer, after connecting.
    pub fn trips(&self) -> usize {
        self.trips.load(Ordering::SeqCst)
    }

    /// Closes every connection, and each new one at once.
    pub fn cut(&self) {
        self.network.send_replace(Network::Cut);
    }

    /// Carries nothing, and says so to nobody.
    pub fn silence(&self) {
        self.network.send_replace(Network::Silent);
    }

    /// What was silenced arrives late.
    pub fn heal(&self) {
        self.network.send_replace(Network::Whole);
    }
}

/// The way to the server.
#[derive(Clone)]
struct Line {
    port: u16,
    latency: Duration,
    trips: Arc<AtomicUsize>,
}

impl Line {
    async fn there_and_back(&self, mut near: TcpStream) -> std::io::Result<()> {
        let mut far = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let (near_reader, near_writer) = near.split();
        let (far_reader, far_writer) = far.split();
        let is_answered = AtomicBool::new(true);
        let there = copy(near_reader, far_writer, Duration::ZERO, || {
            if is_answered.swap(false, Ordering::SeqCst) {
                self.trips.fetch_add(1, Ordering::SeqCst);
            }
        });
        let back = copy(far_reader, near_writer, self.latency, || {
            is_answered.store(true, Ordering::SeqCst);
        });
        tokio::try_join!(there, back)?;
        Ok(())
    }
}

/// Says so of each piece before it goes on.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    latency: Duration,
    say: impl Fn(),
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        sleep(latency).await;
        say();
        to.write_all(&buffer[..length]).await?;
    }
}

/// Copies until one side closes, or the proxy is cut.
async fn carry(near: TcpStream, line: Line, mut network: watch::Receiver<Network>) {
    let there_and_back = line.there_and_back(near);
    let mut there_and_back = pin!(there_and_back);
    loop {
        let now = *network.borrow_and_update();
        let changed = match now {
            Network::Cut => return,
            Network::Silent => network.changed().await,
            Network::Whole => tokio::select! {
                biased;
                changed = network.changed() => changed,
                _ = &mut there_and_back => return,
            },
        };
        if changed.is_err() {
            return;
        }
    }
}
