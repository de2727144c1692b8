//! PgBouncer in front of a cluster, ended when it is dropped or when the tests end.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Cluster, free_port};

const START_MAX: Duration = Duration::from_secs(10);

pub struct PgBouncer {
    /// A shell that ends PgBouncer when this process ends, since that closes the shell's standard input.
    watcher: Child,
    port: u16,
}

impl PgBouncer {
    /// `settings` are lines of its section `[pgbouncer]`. The users need no password.
    pub fn start(cluster: &Cluster, users: &[&str], settings: &str) -> Self {
        let port = free_port();
        let log = cluster.path(&format!("pgbouncer-{port}.log"));
        let users: Vec<_> = users
            .iter()
            .map(|user| format!("\"{user}\" \"\"\n"))
            .collect();
        let users = cluster.write(&format!("pgbouncer-{port}.users"), &users.concat());
        let configuration = format!(
            "[databases]\n* = host={} port={}\n\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {users}\nlogfile = {log}\n{settings}\n",
            cluster.path(""),
            cluster.port,
        );
        let configuration = cluster.write(&format!("pgbouncer-{port}.ini"), &configuration);
        let bouncer = Self {
            watcher: watched(cluster, &configuration),
            port,
        };
        bouncer.wait_until_it_listens(&log);
        bouncer
    }

    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgresql://{user}@127.0.0.1:{}/{database}", self.port)
    }

    fn wait_until_it_listens(&self, log: &str) {
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if Instant::now() > deadline {
                panic!("PgBouncer does not start: {:?}", fs::read_to_string(log));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// As the user who runs the cluster: PgBouncer refuses to run as root.
fn watched(cluster: &Cluster, configuration: &str) -> Child {
    let script = "PATH=$PATH:/usr/sbin; pgbouncer --quiet \"$0\" & read _; kill $!; wait";
    let mut command = cluster.command("sh");
    command
        .args(["-c", script, configuration])
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    command.spawn().unwrap()
}
