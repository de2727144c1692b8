//! Signing in at a real OpenID provider, through its own pages.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use dataclips::model::RoleMapping;

use super::*;
use crate::support::{OpenIdProvider, free_port};

/// Ends with its standard input, which this holds.
struct RealProvider(Child);

impl RealProvider {
    fn start(port: u16, server: &Server) -> Self {
        let mut child = Command::new("node")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/browser/provider.mjs"
            ))
            .arg(port.to_string())
            .arg(format!("{}/sign-in/callback", server.url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.is_ok_and(|line| line == "ready"));
        assert!(is_ready, "npm ci in tests/browser first");
        std::thread::spawn(move || lines.count());
        Self(child)
    }
}

impl Drop for RealProvider {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The provider's own pages have no labels.
async fn submit(browser: &Browser, prompt: &str, filling: &str) {
    let is_there =
        format!("String(document.querySelector('[name=prompt][value={prompt}]') !== null)");
    browser.becomes(&is_there, "true").await;
    let submit = format!("({filling}, document.querySelector('form').submit(), 1)");
    browser.evaluate(&submit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_at_a_real_provider() {
    let port = free_port();
    let mut settings = OpenIdProvider::settings_of(&format!("http://127.0.0.1:{port}"));
    settings.scopes.push("groups".to_owned());
    settings.accounts.roles = Some(RoleMapping::parse("staff=member").unwrap());
    let server = Server::with_provider(settings).await;
    let _provider = RealProvider::start(port, &server);
    let mut browser = Browser::with(&server, Device::desktop()).await;
    is_good(&mut browser, "/sign-in?next=/databases").await;
    browser.click_link("Sign in with Example").await;
    let filling = "document.querySelector('[name=login]').value = 'ann', document.querySelector('[name=password]').value = 'x'";
    submit(&browser, "login", filling).await;
    submit(&browser, "consent", "0").await;
    browser.is_at("/databases").await;
    // What the provider's pages say is not ours.
    browser.complaints().await;
    browser.visit("/account").await;
    browser.sees("ann@example.com").await;
    browser.sees("member").await;
    browser.sees("This account is linked to you at").await;
    is_good(&mut browser, "/account").await;
}
