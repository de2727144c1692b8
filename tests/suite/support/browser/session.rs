//! Sessions of `chromedriver`, each with its own Chromium. Starting one takes eight times as long as emptying one, so a test that
//! passes hands its session on to the next.

use std::sync::Mutex;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::Browser;
use super::command::Command;
use super::device::Device;
use super::driver::driver;
use crate::support;

/// Sessions that tests have left, whose pages have JavaScript.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub struct Session {
    pub id: String,
    pub client: Client,
}

impl Session {
    /// A session without a page, a cookie or anything else of an earlier test.
    pub async fn open(device: Device) -> Self {
        while let Some(id) = take(device) {
            match Self::emptied(&id).await {
                Some(session) => return session,
                None => driver().end(&id),
            }
        }
        Self::start(device).await
    }

    async fn start(device: Device) -> Self {
        let driver = driver();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(device.capabilities(&driver.browser))
            .connect(&driver.url())
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        // The session ends with its browser, not with a task that fantoccini may still run.
        client.persist().await.unwrap();
        let id = client.session_id().await.unwrap().unwrap();
        Self { id, client }
    }

    /// `None` if it cannot be emptied, or still has windows that a test opened.
    async fn emptied(id: &str) -> Option<Self> {
        let url = driver().url();
        let client = Client::with_existing_session(&url, id, HttpConnector::new()).await;
        let client = client.ok()?;
        client.persist().await.ok()?;
        if client.windows().await.ok()?.len() > 1 {
            return None;
        }
        client.goto("about:blank").await.ok()?;
        for (method, parameters) in [
            ("Page.resetNavigationHistory", json!({})),
            ("Network.setBlockedURLs", json!({"urls": []})),
            ("Network.clearBrowserCookies", json!({})),
            ("Network.clearBrowserCache", json!({})),
            (
                "Storage.clearDataForOrigin",
                json!({"origin": "*", "storageTypes": "all"}),
            ),
        ] {
            let command = Command::DevTools(method, parameters);
            client.issue_cmd(command).await.ok()?;
        }
        client.issue_cmd(Command::Log).await.ok()?;
        let id = id.to_owned();
        Some(Self { id, client })
    }
}

fn take(device: Device) -> Option<String> {
    let mut left = LEFT.lock().unwrap();
    device.has_javascript().then(|| left.pop()).flatten()
}

/// Leaves it to the next test, unless its pages have no JavaScript: one that was handed on had it after all.
pub fn leave(device: Device, id: String) {
    match device.has_javascript() {
        true => LEFT.lock().unwrap().push(id),
        false => driver().end(&id),
    }
}

impl Browser {
    /// Signs somebody in by setting their cookie, without a page.
    pub async fn sign_in(&self, email: &str, password: &str) {
        let answer = support::Client::new(&self.url)
            .sign_in(email, password)
            .await;
        assert_eq!(answer.status(), 303);
        let cookies = answer.headers().get_all("set-cookie").iter();
        for cookie in cookies.filter_map(|cookie| cookie.to_str().ok()) {
            let pair = cookie.split_once(';').map_or(cookie, |(pair, _)| pair);
            let (name, value) = pair.split_once('=').unwrap();
            let cookie = json!({
                "name": name, "value": value, "url": self.url, "httpOnly": true, "sameSite": "Lax",
            });
            self.tell_chromium("Network.setCookie", cookie).await;
        }
    }
}
