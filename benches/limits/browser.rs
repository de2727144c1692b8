//! A headless Chromium, and the times at which parts of a page arrived.

use std::fs;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::outcome::Outcome;
use super::{POLL, free_port, wait_for};

/// Not in PATH: some packages put it here.
const ELSEWHERE: &str = "/usr/lib/chromium/chromedriver";

/// In milliseconds since the start of the navigation; null until the first paint.
const TIMES: &str = "
    const [page] = performance.getEntriesByType('navigation');
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const rows = document.querySelectorAll('main table td').length;
    return paint ? [page.requestStart, page.responseStart, page.responseEnd, paint.startTime, rows] : null;";

/// Dropping it ends the driver and the browser.
pub struct Browser<'a> {
    driver: Child,
    client: Client,
    runtime: &'a Runtime,
}

/// The times of one page view.
pub struct Visit {
    /// Since the request.
    pub first_byte_ms: f64,
    /// From the last byte to the first paint of the content; 0 if something was painted before.
    pub paint_after_response_ms: f64,
}

impl<'a> Browser<'a> {
    /// Keeps its profile in this directory.
    pub fn start(runtime: &'a Runtime, profiles: PathBuf) -> Outcome<Self> {
        fs::create_dir(&profiles)?;
        let port = free_port()?;
        let driver = driver("chromedriver", port, &profiles)
            .or_else(|_| driver(ELSEWHERE, port, &profiles))
            .map_err(|error| format!("chromedriver does not start: {error}"))?;
        wait_for(|| TcpStream::connect(("127.0.0.1", port)).is_ok())?;
        let client = runtime.block_on(
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities())
                .connect(&format!("http://127.0.0.1:{port}/")),
        );
        match client {
            Ok(client) => Ok(Self {
                driver,
                client,
                runtime,
            }),
            Err(error) => {
                end(driver);
                Err(error.into())
            }
        }
    }

    /// Opens an address, and waits until the rows are painted.
    pub fn visit(&self, url: &str) -> Outcome<Visit> {
        self.runtime.block_on(async {
            self.client.goto("about:blank").await?;
            self.client.goto(url).await?;
            let times = loop {
                let times = self.client.execute(TIMES, Vec::new()).await?;
                if !times.is_null() {
                    break times;
                }
                tokio::time::sleep(POLL).await;
            };
            read(&times)
        })
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        end_group(&mut self.driver);
    }
}

fn read(times: &Value) -> Outcome<Visit> {
    let times: Vec<f64> = serde_json::from_value(times.clone())?;
    let [request, first_byte, last_byte, paint, rows] = times[..] else {
        return Err(format!("the browser reports no times: {times:?}").into());
    };
    if rows < 1.0 {
        return Err("the page shows no rows".into());
    }
    Ok(Visit {
        first_byte_ms: first_byte - request,
        paint_after_response_ms: (paint - last_byte).max(0.0),
    })
}

/// In its own process group, together with the browser.
fn driver(program: &str, port: u16, profiles: &Path) -> std::io::Result<Child> {
    Command::new(program)
        .arg(format!("--port={port}"))
        .env("TMPDIR", profiles)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

fn capabilities() -> Capabilities {
    let mut arguments = vec![
        "--headless=new",
        "--window-size=1280,1000",
        "--disable-gpu",
        "--disable-dev-shm-usage",
    ];
    if nix::unistd::geteuid().is_root() {
        arguments.push("--no-sandbox");
    }
    Capabilities::from_iter([("goog:chromeOptions".to_owned(), json!({"args": arguments}))])
}

fn end(mut driver: Child) {
    end_group(&mut driver);
}

fn end_group(driver: &mut Child) {
    if let Ok(pid) = i32::try_from(driver.id()) {
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
    let _ = driver.wait();
}
