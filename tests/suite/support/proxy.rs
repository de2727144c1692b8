//! A proxy to PostgreSQL whose connections can be cut, as when a network or a server fails, or fall silent, as when a host
//! is gone without a word.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Proxy {
    port: u16,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Cut,
    Silent,
}

impl Proxy {
    /// To a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (state, gate) = watch::channel(State::Open);
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            state,
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, port, gate.clone()));
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
        self.state.send_replace(State::Cut);
    }

    /// Accepts connections, and everything that is sent over them, but answers nothing.
    pub fn fall_silent(&self) {
        self.state.send_replace(State::Silent);
    }

    pub fn heal(&self) {
        self.state.send_replace(State::Open);
    }
}

/// Copies until one side closes, or the proxy is cut or silent.
async fn carry(mut near: TcpStream, port: u16, mut gate: watch::Receiver<State>) {
    let there_and_back = async {
        let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
        tokio::io::copy_bidirectional(&mut near, &mut far).await
    };
    tokio::select! {
        biased;
        _ = gate.wait_for(|state| *state != State::Open) => {}
        _ = there_and_back => return,
    }
    // Its connections stay open until it is healed.
    let _ = gate.wait_for(|state| *state != State::Silent).await;
}
