//! A proxy to PostgreSQL whose connections can be cut, as when a server fails, or go silent, as when a network does.

use std::pin::pin;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    port: u16,
    network: watch::Sender<Network>,
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (network, seen) = watch::channel(Network::Whole);
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            network,
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, port, seen.clone()));
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

/// Copies until one side closes, or the proxy is cut.
async fn carry(mut near: TcpStream, port: u16, mut network: watch::Receiver<Network>) {
    let there_and_back = async {
        let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
        tokio::io::copy_bidirectional(&mut near, &mut far).await
    };
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
