//! Ten thousand requests, counted by wrk as people do it by hand.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;

const CONNECTIONS: &str = "8";

/// The program wrk, which sends requests until it is told to stop.
struct Wrk(Child);

impl Wrk {
    fn start(url: &str) -> Self {
        let mut wrk = Command::new("wrk");
        wrk.args(["-t2", "-d10m", "-c", CONNECTIONS, url]);
        let started = wrk.stdout(Stdio::piped()).spawn();
        Self(started.expect("wrk is installed"))
    }

    /// What it prints then.
    fn stop(mut self) -> String {
        kill(Pid::from_raw(self.0.id() as i32), Signal::SIGINT).unwrap();
        let mut said = String::new();
        let stdout = self.0.stdout.as_mut().unwrap();
        stdout.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Wrk {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many requests of wrk were answered while all servers were restarted in turn. None may fail.
async fn answered_during_restarts(servers: &mut Servers, clip: &Clip) -> usize {
    let url = format!("{}/{}.json", servers.balancer.url, clip.slug);
    let wrk = Wrk::start(&url);
    for server in 0..SERVERS {
        servers.restart(server).await;
        servers.all_are_up().await;
    }
    let said = wrk.stop();
    println!("{said}");
    assert!(!said.contains("Non-2xx"), "some were refused");
    assert!(!said.contains("Socket errors"), "some were cut");
    let (before, _) = said.split_once(" requests in ").unwrap();
    let requests = before.rsplit(char::is_whitespace).next().unwrap();
    requests.parse().unwrap()
}

async fn ten_thousand_during_restarts(balancer: fn(u16, &[u16]) -> Balancer) {
    let mut servers = Servers::behind(balancer).await;
    let clip = servers.at(0).create_clip("select now()").await;
    let mut answered = 0;
    while answered < 10_000 {
        answered += answered_during_restarts(&mut servers, &clip).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-scaling"]
async fn ten_thousand_requests_through_haproxy_outlast_restarts() {
    ten_thousand_during_restarts(Balancer::haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-scaling"]
async fn ten_thousand_requests_through_nginx_outlast_restarts() {
    ten_thousand_during_restarts(Balancer::nginx).await;
}
