//! Two PostgreSQL servers that take over from each other, as docs/patroni.yml configures them, and one vote more; ended when it
//! is dropped or when the tests end.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::cluster::{self, connect, free_port};

const DOCUMENTED: &str = include_str!("../../../docs/patroni.yml");
/// Which the documented file has for its own server and for the other one.
const NAMES: [&str; 2] = ["one", "two"];
/// Who owns the store there, with their password.
pub const KEEPER: &str = "keeper:a-password";
/// In which both are there again, the one a copy of the other.
const COPIED_MAX: Duration = Duration::from_secs(120);
/// Ends everything when its standard input is closed. `$1` are PostgreSQL's programs.
const SCRIPT: &str = "
    patroni one.yml >one.log 2>&1 & one=$!
    patroni two.yml >two.log 2>&1 & two=$!
    patroni_raft_controller vote.yml >vote.log 2>&1 & vote=$!
    read _
    kill -9 $one $two $vote
    for data in one two; do \"$1/pg_ctl\" stop -m immediate -D $data >stop.log 2>&1; done
    rm -rf \"$PWD\"";

pub struct Patroni {
    watcher: Child,
    directory: TempDir,
    servers: [Ports; 2],
    client: reqwest::Client,
}

struct Ports {
    postgresql: u16,
    /// At which Patroni says who leads.
    rest: u16,
    raft: u16,
}

impl Patroni {
    /// With the empty database `store`, which `KEEPER` owns.
    pub async fn start() -> Self {
        let directory = cluster::directory();
        cluster::hand_over(directory.path());
        let servers = NAMES.map(|_| Ports::free());
        configure(directory.path(), &servers);
        let patroni = Self {
            watcher: watched(directory.path()),
            directory,
            servers,
            client: reqwest::Client::new(),
        };
        let primary = patroni.until(|_| true).await;
        let url = format!(
            "postgresql://postgres:a-secret@127.0.0.1:{}/postgres",
            patroni.servers[primary].postgresql
        );
        let postgres = connect(&url).await.unwrap();
        for sql in [
            "create role keeper login password 'a-password'",
            "create database store owner keeper",
        ] {
            postgres.batch_execute(sql).await.unwrap();
        }
        patroni
    }

    pub fn ports(&self) -> [u16; 2] {
        std::array::from_fn(|server| self.servers[server].postgresql)
    }

    /// As somebody does who is going to restart the primary's host. Returns once the old one is a copy.
    pub async fn switch_over(&self) {
        let old = self.until(|_| true).await;
        let mut command = cluster::command("patronictl", self.directory.path());
        command.args(["-c", "one.yml", "switchover", "dataclips", "--force"]);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.unwrap().unwrap();
        assert!(output.status.success(), "{output:?}");
        self.until(|primary| primary != old).await;
    }

    /// Without a chance to finish anything. Returns once it is a copy of the one that took over.
    pub async fn kill_primary(&self) {
        let old = self.until(|_| true).await;
        let file = self.directory.path().join(NAMES[old]);
        let file = fs::read_to_string(file.join("postmaster.pid")).unwrap();
        let process = file.lines().next().unwrap();
        let killed = Command::new("kill").args(["-9", process]).status();
        assert!(killed.unwrap().success());
        self.until(|primary| primary != old).await;
    }

    /// Waits until this one leads, and the other has all that is acknowledged.
    async fn until(&self, is_so: impl Fn(usize) -> bool) -> usize {
        let deadline = Instant::now() + COPIED_MAX;
        loop {
            let said = self.members().await;
            if let Some(primary) = primary(&said)
                && is_so(primary)
            {
                return primary;
            }
            assert!(Instant::now() < deadline, "{said}\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// What the first that answers says.
    async fn members(&self) -> Value {
        for server in &self.servers {
            let url = format!("http://127.0.0.1:{}/cluster", server.rest);
            if let Ok(answer) = self.client.get(url).send().await
                && let Ok(said) = answer.json::<Value>().await
            {
                return said["members"].clone();
            }
        }
        Value::Null
    }

    fn logs(&self) -> String {
        let logs = NAMES.map(|name| self.directory.path().join(format!("{name}.log")));
        let ends = logs.map(|log| {
            let text = fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<_> = text.lines().rev().take(20).collect();
            lines.into_iter().rev().collect::<Vec<_>>().join("\n")
        });
        ends.join("\n")
    }
}

impl Drop for Patroni {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

impl Ports {
    fn free() -> Self {
        Self {
            postgresql: free_port(),
            rest: free_port(),
            raft: free_port(),
        }
    }
}

/// The one that leads, if both are there and the other is a synchronous copy.
fn primary(members: &Value) -> Option<usize> {
    let members = members.as_array()?;
    let is_there = |role: &str| {
        members
            .iter()
            .position(|member| member["role"] == role && member["state"] == "running")
    };
    is_there("sync_standby")?;
    let name = &members[is_there("leader")?]["name"];
    NAMES.iter().position(|known| name == known)
}

/// Writes the documented file for each, with ports of this machine in it, and nothing else changed.
fn configure(directory: &Path, servers: &[Ports; 2]) {
    let vote = free_port();
    let place = directory.display().to_string();
    let programs = cluster::programs().display().to_string();
    for (index, name) in NAMES.iter().enumerate() {
        let (own, other) = (&servers[index], &servers[1 - index]);
        let changes = [
            ("name: one", format!("name: {name}")),
            ("10.0.1.1:5432", local(own.postgresql)),
            ("10.0.1.1:8008", local(own.rest)),
            ("10.0.1.1:2222", local(own.raft)),
            ("10.0.1.2:2222", local(other.raft)),
            ("10.0.1.3:2222", local(vote)),
            ("10.0.0.0/16", "127.0.0.1/32".to_owned()),
            ("10.0.1.0/24", "127.0.0.1/32".to_owned()),
            ("/usr/lib/postgresql/15/bin", programs.clone()),
            ("/var/lib/postgresql/raft", format!("{place}/raft")),
            ("/var/lib/postgresql/dataclips", format!("{place}/{name}")),
        ];
        let file = changes.iter().fold(DOCUMENTED.to_owned(), replaced);
        cluster::write(&directory.join(format!("{name}.yml")), &file);
    }
    let raft = format!(
        "raft: {{data_dir: '{place}/raft', self_addr: '{}', partner_addrs: ['{}', '{}']}}\n",
        local(vote),
        local(servers[0].raft),
        local(servers[1].raft)
    );
    cluster::write(&directory.join("vote.yml"), &raft);
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn replaced(text: String, (old, new): &(&str, String)) -> String {
    assert!(text.contains(old), "{old} in:\n{text}");
    text.replace(old, new)
}

fn watched(directory: &Path) -> Child {
    let mut command = cluster::command("sh", directory);
    command.env("HOME", directory);
    command.args(["-c", SCRIPT, "sh"]).arg(cluster::programs());
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().unwrap()
}
