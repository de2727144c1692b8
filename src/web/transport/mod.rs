//! Connections: accepts them within bounds, speaks HTTP/1.1 and HTTP/2 without TLS over them, and closes those whose client
//! keeps the server waiting. Knows no address but those of health checks.

mod activity;
mod limits;
mod network;
mod received_body;
mod refusal;
mod seats;
mod sent_body;
mod socket;
mod streams;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use tower::ServiceExt;

pub use limits::ConnectionLimits;
pub use network::network;
pub use received_body::TooSlow;

use received_body::ReceivedBody;
use seats::{Seat, Seats};
use sent_body::SentBody;
use socket::Socket;
use streams::Streams;

/// After an accept that failed because the process or the system is short of something.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// Requests at a time on one HTTP/2 connection: a proxy sends those of many clients over it.
const STREAMS_MAX: u32 = 200;
/// With HTTP/2. An address may hold values of many parameters.
const HEAD_BYTES_MAX: u32 = 64 << 10;
/// How often a client with open HTTP/2 requests is asked whether it is still there, and how soon it has to respond.
const PING_INTERVAL: Duration = Duration::from_secs(20);

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Serves until `closed` resolves; then accepts no connection any more, and returns when all requests are answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    closed: impl Future<Output = ()>,
) {
    let seats = Arc::new(Seats::new(limits));
    let _sweeper = AbortOnDropHandle::new(tokio::spawn(seats.clone().sweep()));
    let (closing, connections) = (CancellationToken::new(), TaskTracker::new());
    let mut closed = std::pin::pin!(closed);
    loop {
        let (stream, address) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut closed => break,
        };
        // Closes the connection if no seat is left.
        if let Some(seat) = seats.admit(address.ip()) {
            let closing = closing.clone();
            connections.spawn(converse(stream, address, router.clone(), seat, closing));
        }
    }
    drop(listener);
    closing.cancel();
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted just now");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// The client was gone before its connection was accepted.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Answers the requests of one connection until it ends, or takes too long.
async fn converse(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    seat: Seat,
    closing: CancellationToken,
) {
    let (activity, seat) = (seat.activity.clone(), Arc::new(seat));
    let builder = builder(Streams::of(&seat));
    let io = TokioIo::new(Socket::new(stream, activity.clone(), seat.limits()));
    let service = service_fn({
        let seat = seat.clone();
        move |request| answer(request, address, router.clone(), seat.clone())
    });
    let mut connection = std::pin::pin!(builder.serve_connection(io, service));
    let last_request = async {
        tokio::select! {
            () = closing.cancelled() => {}
            () = activity.has_request(), if seat.is_spare => {}
        }
    };
    tokio::select! {
        ended = connection.as_mut() => return log(ended),
        () = activity.is_cut() => return,
        () = last_request => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = connection => log(ended),
        () = activity.is_cut() => {}
    }
}

fn builder(streams: Streams) -> Builder<Streams> {
    let mut builder = Builder::new(streams);
    // Our own limits hold instead: this one would not tell an idle connection from a slow head.
    builder.http1().header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEAD_BYTES_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    builder
}

/// What clients do wrong concerns nobody else.
fn log<E: std::fmt::Display>(ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection failed");
    }
}

async fn answer(
    request: Request<Incoming>,
    address: SocketAddr,
    router: Router,
    seat: Arc<Seat>,
) -> Result<Response<SentBody>, std::convert::Infallible> {
    let progress = seat.activity.begin_request(request.version());
    let mut response = match refusal::refuse(&request, seat.is_spare) {
        Some(refusal) => refusal,
        None => {
            let body_max = seat.limits().body;
            let mut request = request.map(|body| ReceivedBody::wrap(body, body_max));
            request.extensions_mut().insert(ConnectInfo(address));
            router
                .oneshot(request)
                .await
                .unwrap_or_else(|no| match no {})
        }
    };
    if seat.is_spare {
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
    Ok(response.map(|body| SentBody::new(body, progress)))
}
