//! The one `chromedriver` of a test process, and its Chromium. Both end with the process, even if it is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use crate::support::cluster::directory;

/// Where packages put programs outside of PATH.
const PLACES: [&str; 6] = [
    "/usr/bin",
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium",
    "/opt/homebrew/bin",
    "/Applications/Google Chrome.app/Contents/MacOS",
];
const DRIVERS: [&str; 1] = ["chromedriver"];
/// Ubuntu's `chromium-browser` may be a stub that asks to install the snap, so it comes last.
const BROWSERS: [&str; 6] = [
    "chromium",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "Google Chrome",
    "chromium-browser",
];
const ADVICE: &str = "The browser tests need Chromium and its chromedriver. `make test` installs them on Debian; \
     elsewhere install both, of the same version, and put them on the PATH.";

pub struct Driver {
    port: u16,
    pub browser: PathBuf,
    /// Cleans up when this process ends, which closes its standard input.
    _watcher: Child,
}

/// Fails with a sentence that says what to install.
pub fn driver() -> &'static Driver {
    static DRIVER: LazyLock<Result<Driver, String>> = LazyLock::new(Driver::start);
    DRIVER
        .as_ref()
        .unwrap_or_else(|problem| panic!("{problem}"))
}

impl Driver {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Closes a browser. Blocks, so that it works wherever a test ends, and completes before the next one opens.
    pub fn end(&self, session: &str) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return;
        };
        let request = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        );
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read(&mut [0; 64]);
    }

    fn start() -> Result<Self, String> {
        let program = find(&DRIVERS)?;
        let browser = find(&BROWSERS)?;
        let profiles = directory().keep();
        let mut driver = Command::new(&program)
            .arg("--port=0")
            .env("TMPDIR", &profiles)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("{} does not start: {error}. {ADVICE}", program.display()))?;
        let stdout = driver.stdout.take().unwrap();
        let watcher = watch(driver.id(), &profiles);
        match port(stdout) {
            Some(port) => Ok(Self {
                port,
                browser,
                _watcher: watcher,
            }),
            None => Err(format!("{} ended at once. {ADVICE}", program.display())),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "programs are looked for on the PATH, as a shell does"
)]
fn find(names: &[&str]) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(PLACES.map(PathBuf::from))
        .collect();
    let mut programs = names
        .iter()
        .flat_map(|name| places.iter().map(move |place| place.join(name)));
    let found = programs.find(|program| program.is_file());
    found.ok_or_else(|| format!("There is no {} here. {ADVICE}", names[0]))
}

/// The browsers are in the driver's process group, their profiles in the directory.
fn watch(group: u32, profiles: &Path) -> Child {
    let script = "read _; kill -s KILL -- \"-$0\"; rm -rf \"$1\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, &group.to_string()])
        .arg(profiles);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.process_group(0).spawn().unwrap()
}

/// The port that the driver prints; the rest of its output is read and dropped.
fn port(stdout: ChildStdout) -> Option<u16> {
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    std::thread::spawn(move || lines.for_each(drop));
    port
}
