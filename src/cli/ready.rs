//! `dataclips ready`: whether the server on this machine is ready, for containers and scripts, which have no other client.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header::HOST};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Failure;

/// A server that is not ready since its store is silent says so within this time.
const RESPONSE_WAIT: Duration = Duration::from_secs(10);
const RESPONSE_BYTES_MAX: usize = 64 << 10;

/// Prints what `/readyz` says. A failure where the server is not ready.
pub async fn run(listen: SocketAddr) -> Result<(), Failure> {
    let address = reached_at(listen);
    let asked = timeout(RESPONSE_WAIT, ask(address)).await;
    let (is_ready, words) = asked
        .map_err(|_| format!("The server at {address} did not respond within 10 s."))?
        .map_err(|error| format!("No server can be reached at {address}: {error}."))?;
    match is_ready {
        true => Ok(writeln!(std::io::stdout(), "{words}")?),
        false => Err(words.into()),
    }
}

/// A server that listens on all addresses is reached on that of this machine alone.
fn reached_at(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> Result<(bool, String), Failure> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/readyz").header(HOST, address.to_string());
    let response = sender.send_request(request.body(Body::empty())?).await?;
    let is_ready = response.status().is_success();
    let body = to_bytes(Body::new(response.into_body()), RESPONSE_BYTES_MAX).await?;
    let words = String::from_utf8_lossy(&body).trim_end().to_owned();
    Ok((is_ready, words))
}
