//! A real browser, and the verbs of the person who uses it.
//!
//! Each verb waits up to ten seconds for what it needs; if it does not appear, the test fails with a
//! sentence, the page's text and a picture of it. At most three browsers are in use at a time in a test process.

mod axe;
mod command;
mod device;
mod driver;
mod find;
mod keyboard;
mod pointer;
mod session;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, mem, thread};

use fantoccini::Client;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use device::Device;
pub use fantoccini::key::Key;

use super::Server;
use command::Command;
use driver::driver;
use session::Session;

const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks at a page, each of which takes 5 ms of a processor: short at first, then longer.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(80);

static PLACES: Semaphore = Semaphore::const_new(3);

pub struct Browser {
    client: Client,
    session: String,
    url: String,
    device: Device,
    is_closed: bool,
    _place: SemaphorePermit<'static>,
}

/// The editor is loaded after the page; until then its text field is there. A folded query has neither.
const EDITOR_IS_THERE: &str = "String(document.querySelector('.cm-content') !== null
    || document.querySelector('div.query[data-editor-script], details.query[open][data-editor-script]') === null
    || matchMedia('(scripting: none)').matches)";

impl Browser {
    /// A new browser, before its first request.
    pub async fn with(server: &Server, device: Device) -> Self {
        Self::at(&server.url, device).await
    }

    /// A new browser at a server's URL.
    pub async fn at(url: &str, device: Device) -> Self {
        let place = PLACES.acquire().await.unwrap();
        Self::start(url, device, place).await
    }

    /// Two browsers that share nothing. A test that opened one after the other could wait forever for a place that
    /// another such test holds.
    pub async fn two(server: &Server) -> [Self; 2] {
        let mut place = PLACES.acquire_many(2).await.unwrap();
        let second = place.split(1).unwrap();
        let device = Device::desktop();
        [
            Self::start(&server.url, device, place).await,
            Self::start(&server.url, device, second).await,
        ]
    }

    async fn start(url: &str, device: Device, place: SemaphorePermit<'static>) -> Self {
        let Session { id, client } = Session::open(device).await;
        let browser = Self {
            session: id,
            is_closed: false,
            client,
            url: url.to_owned(),
            device,
            _place: place,
        };
        for (method, parameters) in device.emulation() {
            browser.tell_chromium(method, parameters).await;
        }
        browser
    }

    /// A path of the server, as typed into the address bar.
    pub async fn visit(&self, path: &str) {
        let url = format!("{}{path}", self.url);
        if let Err(error) = self.client.goto(&url).await {
            self.fail(&format!("{path} cannot be visited: {error}"))
                .await;
        }
    }

    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub async fn click_link(&self, name: &str) {
        let clicked = self.link(name).await.click().await;
        self.done(clicked, &format!("click link “{name}”")).await;
    }

    /// A button, or the summary that opens its details.
    pub async fn press(&self, name: &str) {
        let pressed = self.button(name).await.click().await;
        self.done(pressed, &format!("press “{name}”")).await;
    }

    /// Replaces the value of the field with this label; an editor is a field too.
    pub async fn fill(&self, label: &str, value: &str) {
        self.becomes(EDITOR_IS_THERE, "true").await;
        let field = self.field(label).await;
        let what = format!("fill “{label}”");
        if field.attr("contenteditable").await.unwrap().is_none() {
            self.done(field.clear().await, &what).await;
            return self.done(field.send_keys(value).await, &what).await;
        }
        self.done(field.click().await, &what).await;
        self.hold_and_press(Key::Control, 'a').await;
        self.tell_chromium("Input.insertText", json!({"text": value}))
            .await;
        // Closes the completion list, which would cover what is used next.
        self.press_key(Key::Escape).await;
    }

    /// An option of the select box of this label.
    pub async fn choose(&self, label: &str, option: &str) {
        let field = self.field(label).await;
        let chosen = self.option(&field, label, option).await.click().await;
        self.done(chosen, &format!("choose “{option}”")).await;
    }

    /// A check box or a radio button; one that is checked stays checked.
    pub async fn check(&self, label: &str) {
        let field = self.field(label).await;
        if !field.is_selected().await.unwrap() {
            let checked = field.click().await;
            self.done(checked, &format!("check “{label}”")).await;
        }
    }

    pub async fn uncheck(&self, label: &str) {
        let field = self.field(label).await;
        if field.is_selected().await.unwrap() {
            let unchecked = field.click().await;
            self.done(unchecked, &format!("uncheck “{label}”")).await;
        }
    }

    /// The value of the field with this label.
    pub async fn value(&self, label: &str) -> String {
        let field = self.field(label).await;
        match field.prop("value").await.unwrap() {
            Some(value) => value,
            None => field.text().await.unwrap(),
        }
    }

    /// The same page on another screen.
    pub async fn sit_down_at(&mut self, device: Device) {
        self.device = device;
        for (method, parameters) in device.emulation() {
            self.tell_chromium(method, parameters).await;
        }
    }

    /// Waits for the text, wherever lines break.
    pub async fn sees(&self, text: &str) {
        self.sees_within(PATIENCE, text).await;
    }

    /// The same, with more patience.
    pub async fn sees_within(&self, patience: Duration, text: &str) {
        let seen = async || {
            squeezed(&self.text().await)
                .contains(&squeezed(text))
                .then_some(())
        };
        if self.until_within(patience, seen).await.is_none() {
            self.fail(&format!("the page does not say “{text}”")).await;
        }
    }

    /// Waits for the text to be gone. Look first for something that says that the page is there.
    pub async fn does_not_see(&self, text: &str) {
        self.does_not_see_within(PATIENCE, text).await;
    }

    /// The same, with more patience.
    pub async fn does_not_see_within(&self, patience: Duration, text: &str) {
        let gone = async || (!squeezed(&self.text().await).contains(&squeezed(text))).then_some(());
        if self.until_within(patience, gone).await.is_none() {
            self.fail(&format!("the page says “{text}”")).await;
        }
    }

    /// What the page shows now.
    pub async fn text(&self) -> String {
        let text = self.evaluate("document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the expression has this value.
    pub async fn becomes(&self, expression: &str, value: &str) {
        let has_it = async || (self.evaluate(expression).await == value).then_some(());
        if self.until(has_it).await.is_none() {
            self.fail(&format!("{expression} is not {value}")).await;
        }
    }

    /// Waits until the browser is at this path.
    pub async fn is_at(&self, path: &str) {
        let there = async || (self.address().await == path).then_some(());
        if self.until(there).await.is_none() {
            self.fail(&format!("this is not {path}")).await;
        }
    }

    /// The path and query; the whole URL if it is not the server's.
    pub async fn address(&self) -> String {
        let address = self.client.current_url().await.unwrap().to_string();
        match address.strip_prefix(&self.url) {
            Some(path) => path.to_owned(),
            None => address,
        }
    }

    /// A JavaScript expression; it works where the page itself has no JavaScript.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.client.execute(&script, vec![]).await.unwrap()
    }

    /// Enters the page's first frame: from then on all verbs refer to it.
    pub async fn enter_frame(&self) {
        self.client.enter_frame(0).await.unwrap();
    }

    /// The visible part of the page, as PNG.
    pub async fn screenshot(&self, path: &Path) {
        let picture = self.client.screenshot().await.unwrap();
        fs::write(path, picture).unwrap();
    }

    /// The page itself never scrolls sideways.
    pub async fn fits_the_screen(&self) {
        let width = self.evaluate("document.documentElement.scrollWidth").await;
        if width.as_u64() > Some(self.device.width().into()) {
            self.fail(&format!("the page is {width} pixels wide")).await;
        }
    }

    pub async fn asks_no_other_server(&self) {
        let foreign = self.foreign_requests().await;
        if !foreign.is_empty() {
            self.fail(&format!("the page asked for {foreign:?}")).await;
        }
    }

    /// The requests that the page sent, or tried to send, to other servers.
    pub async fn foreign_requests(&self) -> Vec<String> {
        let names = "performance.getEntriesByType('resource').map(entry => entry.name)";
        let names: Vec<String> = serde_json::from_value(self.evaluate(names).await).unwrap();
        let own = format!("{}/", self.url);
        let foreign = names.into_iter().filter(|name| !name.starts_with(&own));
        foreign.collect()
    }

    /// No script error and no violation of the Content-Security-Policy since this was last checked.
    pub async fn has_a_quiet_console(&self) {
        let complaints = self.complaints().await;
        if !complaints.is_empty() {
            let sentence = format!("the console says:\n{}\n", complaints.join("\n"));
            self.fail(&sentence).await;
        }
    }

    /// The console's warnings and errors, without failed requests.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.client.issue_cmd(Command::Log).await.unwrap();
        let entries = log.as_array().unwrap().iter();
        let complaints = entries.filter(|entry| entry["source"] != "network");
        complaints
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// From now on requests to matching URLs (`*` for anything) fail.
    pub async fn block_addresses(&self, pattern: &str) {
        self.tell_chromium("Network.enable", json!({})).await;
        self.tell_chromium("Network.setBlockedURLs", json!({"urls": [pattern]}))
            .await;
    }

    async fn tell_chromium(&self, method: &'static str, parameters: Value) {
        let command = Command::DevTools(method, parameters);
        self.client.issue_cmd(command).await.unwrap();
    }

    /// Retries until there is a value or ten seconds have passed.
    async fn until<T>(&self, attempt: impl AsyncFn() -> Option<T>) -> Option<T> {
        self.until_within(PATIENCE, attempt).await
    }

    async fn until_within<T>(
        &self,
        patience: Duration,
        attempt: impl AsyncFn() -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut pause = PAUSE_MIN;
        loop {
            if let Some(found) = attempt().await {
                return Some(found);
            }
            if Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    async fn done<E: std::fmt::Display>(&self, outcome: Result<(), E>, what: &str) {
        if let Err(error) = outcome {
            self.fail(&format!("cannot {what}: {error}")).await;
        }
    }

    async fn fail(&self, sentence: &str) -> ! {
        let picture =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.png", self.session));
        self.screenshot(&picture).await;
        panic!(
            "{sentence} at {}, which shows (picture: {}):\n{}",
            self.address().await,
            picture.display(),
            self.text().await
        );
    }
}

impl Browser {
    /// Its window is gone then, as when a person closes it.
    pub fn close(mut self) {
        self.is_closed = true;
    }
}

impl Drop for Browser {
    /// A test that fails does not hand its session on.
    fn drop(&mut self) {
        match thread::panicking() || self.is_closed {
            true => driver().end(&self.session),
            false => session::leave(self.device, mem::take(&mut self.session)),
        }
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
