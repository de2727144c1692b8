//! Many clients for many minutes, longer than CI can wait: `make soak`.

mod crowd;
mod everybody;
mod process;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::support::Client;
use process::Process;

/// Between two requests of one client.
const PAUSE: Duration = Duration::from_millis(20);
/// How soon everything has to be gone: connections without a request stay open for a minute.
const GONE_WITHIN: Duration = Duration::from_secs(90);
/// How many failures are shown.
const SHOWN: usize = 10;
/// 25 MB of CSV.
const LARGE: &str = "select repeat(md5(n::text), 31) as text from generate_series(1, 25000) as n";

/// Counts what clients do until the end.
#[derive(Default)]
struct Tally {
    is_over: AtomicBool,
    counts: Mutex<BTreeMap<&'static str, (usize, usize)>>,
    failures: Mutex<Vec<String>>,
}

impl Tally {
    /// One turn after the other, with its number.
    async fn repeat(&self, what: &'static str, act: impl AsyncFn(usize) -> Result<(), String>) {
        let mut turn = 0;
        while !self.is_over() {
            self.count(what, act(turn).await);
            turn += 1;
            sleep(PAUSE).await;
        }
    }

    fn count(&self, what: &'static str, ended: Result<(), String>) {
        let mut counts = self.counts.lock().unwrap();
        let (done, failed) = counts.entry(what).or_default();
        match ended {
            Ok(()) => *done += 1,
            Err(failure) => {
                *failed += 1;
                self.failures.lock().unwrap().push(failure);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Ends early when it is over.
    async fn pause(&self, time: Duration) {
        let end = Instant::now() + time;
        while !self.is_over() && Instant::now() < end {
            sleep(PAUSE).await;
        }
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Prints a table, and fails if anything did.
    fn none_failed(&self) {
        println!("| what | done | failed |\n|---|---|---|");
        for (what, (done, failed)) in self.counts.lock().unwrap().iter() {
            println!("| {what} | {done} | {failed} |");
            assert!(*done > 0, "nobody: {what}");
        }
        let failures = self.failures.lock().unwrap();
        let some = &failures[..failures.len().min(SHOWN)];
        assert!(failures.is_empty(), "{} failed: {some:#?}", failures.len());
    }
}

/// A whole response.
async fn read(client: &Client, path: &str) -> Result<(), String> {
    succeed(client, Method::GET, path, None).await.map(drop)
}

async fn succeed(
    client: &Client,
    method: Method,
    path: &str,
    json: Option<serde_json::Value>,
) -> Result<String, String> {
    let request = client.request(method, path);
    let request = match &json {
        Some(json) => request.json(json),
        None => request,
    };
    let failed = |error| format!("{path}: {error:?}");
    let answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(failed)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    match status.is_success() {
        true => Ok(body),
        false => Err(format!("{path}: {status} {body}")),
    }
}

/// A connection that takes few bytes before its client reads them.
async fn connect(url: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 << 10).unwrap();
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    socket.connect(address).await.unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + GONE_WITHIN;
    while !is_so().await {
        assert!(
            Instant::now() < deadline,
            "not within {GONE_WITHIN:?}: {what}"
        );
        sleep(PAUSE).await;
    }
}
