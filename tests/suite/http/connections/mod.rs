//! Connections: clients that keep the server waiting, more of them than it can serve, and HTTP/2.

mod bounds;
mod http2;
mod slow;

use std::time::Duration;

use dataclips::web::ConnectionLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::{CONNECTION_LIMITS, Clip, Server};

/// Within which the server has to have done what it does after less than a second.
const BOUND: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(3_600);
/// Nothing takes too long.
const PATIENT: ConnectionLimits = ConnectionLimits {
    header: NEVER,
    body: NEVER,
    idle: NEVER,
    send: NEVER,
    ..CONNECTION_LIMITS
};
const SOON: Duration = Duration::from_millis(300);
/// For clients that take too little over five times as long, but something each time.
const TOO_LITTLE: Duration = Duration::from_millis(600);

/// Opens a connection that takes few bytes before its client reads them.
async fn connect(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 << 10).unwrap();
    let address = server.url.strip_prefix("http://").unwrap();
    socket.connect(address.parse().unwrap()).await.unwrap()
}

/// Opens a connection and sends this.
async fn send(server: &Server, bytes: &str) -> TcpStream {
    let mut stream = connect(server).await;
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// What arrives until the server closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(BOUND, stream.read_to_end(&mut bytes)).await;
    // A connection that was reset is closed too.
    let _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A clip whose CSV has about this many megabytes, with every run alike.
async fn large_clip(server: &Server, megabytes: usize) -> Clip {
    let rows = megabytes * 1_000;
    let sql = format!("select repeat(md5(n::text), 31) as text from generate_series(1, {rows}) n");
    server.create_clip(&sql).await
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}
