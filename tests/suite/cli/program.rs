//! The program as a child process, which never outlives its test.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Client, empty_database, stopwatch};

pub const KEY: &str = "a secret key of the tests, long enough";

/// What the program is started with.
#[derive(Clone)]
pub struct Program {
    settings: Vec<(String, String)>,
    files: Option<u32>,
}

/// How a command ended, and what it printed.
pub struct Ran {
    pub is_success: bool,
    /// `None` if a signal ended it.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A running server; stopped, or else killed, when dropped.
pub struct Serving {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    pub url: String,
}

impl Program {
    /// With nothing set but the way to PostgreSQL's programs.
    #[expect(
        clippy::disallowed_methods,
        reason = "a child is started with settings of the test's choosing"
    )]
    pub fn new() -> Self {
        stopwatch::start();
        let path = std::env::var("PATH").unwrap();
        Self {
            settings: Vec::new(),
            files: None,
        }
        .with("PATH", &path)
    }

    pub async fn on_empty_store() -> Self {
        Self::on_store(&empty_database().await)
    }

    pub fn on_store(url: &str) -> Self {
        Self::new()
            .with("DATABASE_URL", url)
            .with("DATACLIPS_SECRET_KEY", KEY)
            .with("DATACLIPS_LISTEN", "127.0.0.1:0")
            // No load balancer is to notice that it stops.
            .with("DATACLIPS_DRAIN", "0s")
            .with("DATACLIPS_STOP_MAX", "1s")
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn setting(&self, name: &str) -> String {
        let mut settings = self.settings.iter();
        let (_, value) = settings.find(|(known, _)| known == name).unwrap();
        value.clone()
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str], stdin: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that fails before it reads has closed its standard input.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            is_success: output.status.success(),
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a command without waiting for its end.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Runs a command that has to succeed; returns its standard output.
    pub fn done(&self, arguments: &[&str], stdin: &str) -> String {
        let ran = self.run(arguments, stdin);
        assert!(ran.is_success, "{arguments:?}: {}", ran.stderr);
        ran.stdout
    }

    /// Runs a command that has to fail; returns its standard error.
    pub fn refused(&self, arguments: &[&str], stdin: &str) -> String {
        let ran = self.run(arguments, stdin);
        assert!(!ran.is_success, "{arguments:?}: {}", ran.stdout);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.contains("dataclips: "), "{}", ran.stderr);
        ran.stderr
    }

    /// Starts the server and waits until it prints its address.
    pub fn serve(&self) -> Serving {
        let mut child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let (stdout, read) = (child.stdout.take().unwrap(), lines.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                read.lock().unwrap().push(line);
            }
        });
        let mut serving = Serving {
            child,
            lines,
            url: String::new(),
        };
        serving.url = serving.line("Dataclips is at ");
        serving
    }

    /// The server may open only so many files.
    pub fn with_files(mut self, files: u32) -> Self {
        self.files = Some(files);
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_dataclips");
        let mut command = match self.files {
            None => Command::new(program),
            Some(files) => {
                let mut shell = Command::new("/bin/sh");
                let limit = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
                shell.args(["-c", &limit, program]);
                shell
            }
        };
        command
            .args(arguments)
            .env_clear()
            .envs(self.settings.iter().cloned());
        command
    }
}

impl Serving {
    /// Waits for a printed line that begins like this; returns the rest of it.
    pub fn line(&mut self, beginning: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let found = self
                .lines()
                .iter()
                .find_map(|line| line.strip_prefix(beginning).map(str::to_owned));
            if let Some(rest) = found {
                return rest;
            }
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "the server ended before it said {beginning:?}"
            );
            assert!(
                Instant::now() < deadline,
                "nothing began with {beginning:?} within a minute"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// A client with this token.
    pub fn client(&self, token: &str) -> Client {
        self.visitor().with_token(token.trim_end())
    }

    pub fn visitor(&self) -> Client {
        Client::new(&self.url)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// With SIGTERM, as init systems do it.
    pub fn tell_to_stop(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// As a terminal does it.
    pub fn interrupt(&self) {
        self.signal(Signal::SIGINT);
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    pub fn stop(mut self) -> ExitStatus {
        self.tell_to_stop();
        self.wait()
    }

    /// Without a chance to finish anything, as a crash does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.end_within(Duration::from_secs(30))
            .expect("the server stops within 30 s")
    }

    fn end_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Serving {
    /// With SIGTERM first, so that its PostgreSQL ends too.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.tell_to_stop();
        if self.end_within(Duration::from_secs(20)).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
