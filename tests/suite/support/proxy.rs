//! A proxy to PostgreSQL whose connections can be cut, as when a network or a server fails.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    port: u16,
    is_open: watch::Sender<bool>,
}

impl Proxy {
    /// To a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (is_open, gate) = watch::channel(true);
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            is_open,
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, port, gate.clone()));
            }
        });
        proxy
    }

    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgresql://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Closes every connection, and each new one at once.
    pub fn cut(&self) {
        self.is_open.send_replace(false);
    }

    pub fn heal(&self) {
        self.is_open.send_replace(true);
    }
}

/// Copies until one side closes, or the proxy is cut.
async fn carry(mut near: TcpStream, port: u16, mut gate: watch::Receiver<bool>) {
    let there_and_back = async {
        let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
        tokio::io::copy_bidirectional(&mut near, &mut far).await
    };
    tokio::select! {
        biased;
        _ = gate.wait_for(|is_open| !is_open) => {}
        _ = there_and_back => {}
    }
}
