//! What the documented files make of a request that a server took and did not answer. The servers are not ours here, so that
//! they can be as bad as need be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::support::free_port;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

/// Three servers, of which the first closes the connection after it has got a request; all say that they are ready.
struct Strangers {
    ports: Vec<u16>,
    /// Requests that reached any, checks left out.
    reached: Arc<AtomicUsize>,
}

impl Strangers {
    async fn listen() -> Self {
        let reached = Arc::<AtomicUsize>::default();
        let mut ports = Vec::new();
        for number in 0..SERVERS {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.push(listener.local_addr().unwrap().port());
            let reached = reached.clone();
            tokio::spawn(async move {
                while let Ok((connection, _)) = listener.accept().await {
                    tokio::spawn(answer(connection, number > 0, reached.clone()));
                }
            });
        }
        Self { ports, reached }
    }
}

/// Reads one request, whose body is a few bytes in its last segment.
async fn answer(mut connection: TcpStream, answers: bool, reached: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if !matches!(connection.read_buf(&mut request).await, Ok(1..)) {
            return;
        }
    }
    let is_check = request.windows(7).any(|path| path == b"/readyz");
    reached.fetch_add(usize::from(!is_check), Ordering::Relaxed);
    if answers || is_check {
        let _ = connection.write_all(ANSWER).await;
    }
}

/// How many of three such requests were answered, and how many arrived.
async fn three(balancer: &Balancer, strangers: &Strangers, method: Method) -> (usize, usize) {
    let client = Client::new(&balancer.url);
    let before = strangers.reached.load(Ordering::Relaxed);
    let mut answered = 0;
    for _ in 0..SERVERS {
        let answer = client.request(method.clone(), "/a").send().await.unwrap();
        answered += usize::from(answer.status() == 200);
    }
    let reached = strangers.reached.load(Ordering::Relaxed) - before;
    (answered, reached)
}

async fn reads_are_tried_again_and_changes_are_not(balancer: fn(u16, &[u16]) -> Balancer) {
    let strangers = Strangers::listen().await;
    let balancer_of_changes = balancer(free_port(), &strangers.ports);
    let changes = three(&balancer_of_changes, &strangers, Method::POST).await;
    assert_eq!(changes, (2, 3));
    let balancer_of_reads = balancer(free_port(), &strangers.ports);
    let (answered, reached) = three(&balancer_of_reads, &strangers, Method::GET).await;
    assert_eq!(answered, 3);
    assert!(reached > 3, "none was tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy_tries_an_unanswered_read_again_and_a_change_never() {
    reads_are_tried_again_and_changes_are_not(Balancer::haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-scaling"]
async fn nginx_tries_an_unanswered_read_again_and_a_change_never() {
    reads_are_tried_again_and_changes_are_not(Balancer::nginx).await;
}
