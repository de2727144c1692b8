//! One-time links in a real browser, also over plain HTTP, where it sends the least about a form's origin.

use dataclips::model::{Email, OneTimeLink, Purpose, Way};

use super::*;

async fn link(server: &Server, purpose: Purpose) -> String {
    link_of(server, "ada@example.com", purpose).await
}

async fn link_of(server: &Server, email: &str, purpose: Purpose) -> String {
    let email = Email::parse(email).unwrap();
    let link = OneTimeLink::create(&server.app.store, &email, purpose, Way::Mailed, "/account");
    format!("/enter/{}", link.await.unwrap().secret())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_followed_over_plain_http() {
    let server = Server::start().await;
    // Browsers trust 127.0.0.1 as if it used HTTPS, and reveal more there.
    let plain = server.url.replace("127.0.0.1", "clips.test");
    for device in [Device::desktop(), Device::phone().without_javascript()] {
        for url in [&server.url, &plain] {
            let browser = Browser::at(url, device).await;
            let path = link(&server, Purpose::Reset).await;
            browser.visit(&path).await;
            browser.fill("Password", "battery staple").await;
            browser.press("Set password and sign in").await;
            browser.is_at("/account").await;
            browser.visit("/").await;
            browser.press("Account of ada@example.com").await;
            browser.press("Sign out").await;
            browser.sees("A SQL query becomes a link").await;
            let path = link(&server, Purpose::SignIn).await;
            browser.visit(&path).await;
            browser.sees("ada@example.com").await;
            browser.press("Sign in").await;
            browser.is_at("/account").await;
            browser.visit(&path).await;
            browser.sees("Get a new one").await;
            browser.has_a_quiet_console().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_a_protected_clip_signs_in_by_mail() {
    let (server, mailbox) = Server::with_mail().await;
    let clip = server.create_clip("select 'for Ada' as a").await;
    let store = server.app.store.client().await.unwrap();
    let sql = "update clips set anyone = false";
    store.execute(sql, &[]).await.unwrap();
    let plain = server.url.replace("127.0.0.1", "clips.test");
    for (number, device) in [Device::desktop(), Device::phone().dark()]
        .into_iter()
        .enumerate()
    {
        let browser = Browser::at(&plain, device).await;
        browser.visit(&page_of(&clip)).await;
        browser.sees("This clip is protected").await;
        browser.fits_the_screen().await;
        browser.has_no_serious_axe_issue().await;
        browser
            .fill("E-mail address for a link", "ada@example.com")
            .await;
        browser.press("E-mail me a sign-in link").await;
        browser.sees("an e-mail with a link is on its way").await;
        browser.has_no_serious_axe_issue().await;
        browser.visit(&mailbox.mail(number + 1).await.link()).await;
        browser.press("Sign in").await;
        browser.is_at(&page_of(&clip)).await;
        browser.sees("for Ada").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_reset_is_requested_on_every_device() {
    let (server, _mailbox) = Server::with_mail().await;
    let mut browser = Browser::with(&server, Device::phone()).await;
    is_good(&mut browser, "/sign-in").await;
    browser.sit_down_at(Device::phone()).await;
    browser.click_link("Forgot your password?").await;
    browser.is_at("/sign-in/forgotten").await;
    is_good_everywhere(&mut browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_links_are_good_on_every_device() {
    let server = Server::start().await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for purpose in [Purpose::Invitation, Purpose::Reset, Purpose::SignIn] {
        let long = "somebody.with.a.long.name@a.subsidiary.of.example.com";
        let path = link_of(&server, long, purpose).await;
        browser.visit(&path).await;
        browser.sees(long).await;
        is_good_everywhere(&mut browser).await;
    }
}
