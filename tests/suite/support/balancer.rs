//! A load balancer before some servers, as the files in `docs` configure it; ended when it is dropped or when the tests end.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const HAPROXY: &str = include_str!("../../../docs/haproxy.cfg");
const NGINX: &str = include_str!("../../../docs/nginx.conf");
const START_MAX: Duration = Duration::from_secs(10);

pub struct Balancer {
    /// A shell that ends the balancer when this process ends, since that closes the shell's standard input.
    watcher: Child,
    directory: TempDir,
    /// Where HAProxy tells whom it finds ready; nginx does not look.
    stats: Option<PathBuf>,
    pub url: String,
}

impl Balancer {
    /// On this port, before servers on these.
    pub fn haproxy(port: u16, servers: &[u16]) -> Self {
        let directory = directory();
        let documented = with_ports(HAPROXY, "bind :80", "bind", port, servers);
        fs::write(directory.path().join("haproxy.cfg"), documented).unwrap();
        // Nothing in it concerns requests.
        let stats = directory.path().join("stats");
        let global = format!("global\n    stats socket {}\n", stats.display());
        fs::write(directory.path().join("global.cfg"), global).unwrap();
        let start = "haproxy -db -q -f global.cfg -f haproxy.cfg";
        Self::start(port, directory, Some(stats), start)
    }

    pub fn nginx(port: u16, servers: &[u16]) -> Self {
        let directory = directory();
        let documented = with_ports(NGINX, "listen 80", "listen", port, servers);
        fs::write(directory.path().join("dataclips.conf"), documented).unwrap();
        let around = "daemon off; pid nginx.pid; error_log nginx.log; events {} http { access_log off; \
                      client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; \
                      uwsgi_temp_path uwsgi; scgi_temp_path scgi; include dataclips.conf; }";
        fs::write(directory.path().join("nginx.conf"), around).unwrap();
        let start = "nginx -p . -c nginx.conf -e nginx.log";
        Self::start(port, directory, None, start)
    }

    fn start(port: u16, directory: TempDir, stats: Option<PathBuf>, start: &str) -> Self {
        let balancer = Self {
            watcher: watched(start, directory.path()),
            directory,
            stats,
            url: format!("http://127.0.0.1:{port}"),
        };
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let log = || fs::read_to_string(balancer.directory.path().join("log"));
            assert!(Instant::now() < deadline, "{start} fails: {:?}", log());
            thread::sleep(Duration::from_millis(5));
        }
        balancer
    }

    pub fn tells_states(&self) -> bool {
        self.stats.is_some()
    }

    /// What HAProxy thinks of each server: `UP`, `DOWN`, or how far it is from there, such as `UP 1/2`.
    pub fn states(&self) -> Vec<String> {
        let stats = self.stats.as_ref().expect("it is HAProxy");
        let mut socket = UnixStream::connect(stats).unwrap();
        socket.write_all(b"show stat\n").unwrap();
        let mut table = String::new();
        socket.read_to_string(&mut table).unwrap();
        let cells = table
            .lines()
            .map(|line| line.split(',').collect::<Vec<_>>());
        let lines: Vec<_> = cells.filter(|cells| cells.len() > 17).collect();
        let status = lines[0].iter().position(|name| *name == "status").unwrap();
        let servers = lines[1..]
            .iter()
            .filter(|cells| !["FRONTEND", "BACKEND"].contains(&cells[1]));
        servers.map(|cells| cells[status].to_owned()).collect()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    // nginx's workers may be another user than its master.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(directory.path(), mode).unwrap();
    directory
}

/// The documented file with ports of this machine in it, and nothing else changed.
fn with_ports(documented: &str, listens: &str, word: &str, port: u16, servers: &[u16]) -> String {
    let mut text = replaced(documented, listens, &format!("{word} 127.0.0.1:{port}"));
    for (number, server) in servers.iter().enumerate() {
        let address = format!("10.0.0.{}:3000", number + 1);
        text = replaced(&text, &address, &format!("127.0.0.1:{server}"));
    }
    assert!(!text.contains("10.0.0."), "it has more servers:\n{text}");
    text
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old} in:\n{text}");
    text.replace(old, new)
}

fn watched(start: &str, directory: &Path) -> Child {
    let script = format!("PATH=$PATH:/usr/sbin; {start} >log 2>&1 & read _; kill $!; wait");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(directory);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().unwrap()
}
