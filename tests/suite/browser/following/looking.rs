//! An open page looks again: what it says when it may not, when it cannot, and when there is a newer version.

use dataclips::model::Role;
use serde_json::{Value, json};

use super::*;
use crate::support::Proxy;

/// Only these may see the clip.
async fn lets_see(server: &Server, clip: &Clip, grants: Value) {
    let access = format!("/api/v1/clips/{}/access", clip.slug);
    let access = server
        .administrator
        .put(&access, &json!({"anyone": false, "grants": grants}))
        .await;
    assert_eq!(access.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_says_when_its_reader_may_no_longer_see_the_clip() {
    let server = Server::start().await;
    server.user("gus@example.com", Role::Guest).await;
    let [clip, granted] = [
        server.create_clip("select 'first' as line").await,
        server.create_clip("select 'first' as line").await,
    ];
    let gus = json!([{"to": "gus@example.com", "may": "see"}]);
    lets_see(&server, &granted, gus).await;
    let [stranger, mut guest] = Browser::two(&server).await;
    sign_in(&guest, "gus@example.com").await;
    for (browser, clip) in [(&stranger, &clip), (&guest, &granted)] {
        browser.visit(&page_of(clip)).await;
        browser.sees("first").await;
        lets_see(&server, clip, json!([])).await;
    }
    stranger
        .sees_within(LOOKS_AGAIN, "This clip now asks you to sign in.")
        .await;
    guest
        .sees_within(LOOKS_AGAIN, "You no longer have access to this clip.")
        .await;
    guest.sees("first").await;
    guest.has_no_serious_axe_issue().await;
    guest.sit_down_at(Device::phone()).await;
    guest.fits_the_screen().await;
    stranger.press("Sign in").await;
    stranger.sees("This clip is protected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_says_since_when_it_cannot_check() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'first' as line").await;
    let browser = Browser::with(&server, Device::desktop()).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("first").await;
    browser.block_addresses("*/run?*").await;
    browser
        .sees_within(LOOKS_AGAIN, "Could not check since")
        .await;
    browser.sees("first").await;
    browser.has_no_serious_axe_issue().await;
    browser.block_addresses("nothing").await;
    browser
        .does_not_see_within(LOOKS_AGAIN, "Could not check since")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_waits_asks_anew_when_its_server_says_nothing_more() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let sql = "create table news as select 'first' as line; grant select on news to reader";
    for sql in [sql, "begin; lock table news"] {
        superuser.batch_execute(sql).await.unwrap();
    }
    let clip = server.create_clip("select line from news").await;
    let port = server.url.rsplit(':').next().unwrap().parse().unwrap();
    let network = Proxy::to(port).await;
    let url = format!("http://{}", network.address());
    let browser = Browser::at(&url, Device::desktop()).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("Running for").await;
    browser.evaluate("(window.isTheSamePage = 'yes')").await;
    network.silence();
    browser
        .sees_within(LOOKS_AGAIN, "The server does not answer.")
        .await;
    network.heal();
    browser.sees_within(LOOKS_AGAIN, "Running for").await;
    superuser.batch_execute("rollback").await.unwrap();
    browser.sees("1 row").await;
    browser.becomes("window.isTheSamePage", "yes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_saved_elsewhere_is_offered_where_the_address_names_none() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'first' as line").await;
    let [browser, of_version] = Browser::two(&server).await;
    of_version
        .visit(&format!("{}?version=1", page_of(&clip)))
        .await;
    of_version.sees("first").await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("first").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let sql = json!({"sql": "select 'second' as line"});
    let saved = server.administrator.patch(&path, &sql).await;
    assert_eq!(saved.status(), 200);
    browser
        .sees_within(LOOKS_AGAIN, "Version 2 was saved.")
        .await;
    browser.has_no_serious_axe_issue().await;
    // It looks no more.
    let following = "String(document.getElementById('notes').dataset.follow)";
    browser.becomes(following, "undefined").await;
    browser.press("Show").await;
    browser.sees("second").await;
    browser.is_at(&page_of(&clip)).await;
    of_version.does_not_see("Version 2 was saved.").await;
    of_version.sees("first").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_covers_nothing_that_can_be_pressed() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select n from generate_series(1, 500) as n")
        .await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("500 rows").await;
    let offer = "void (document.getElementById('offer').hidden = false)";
    browser.evaluate(offer).await;
    let covered = "(() => {
        const offer = document.getElementById('offer').getBoundingClientRect();
        const all = [...document.querySelectorAll('main :is(a, button, input)')];
        const others = all.filter((one) => !one.closest('#offer, .grid, table') && one.checkVisibility());
        return others.filter((one) => {
            const box = one.getBoundingClientRect();
            return box.right > offer.left && box.left < offer.right && box.bottom > offer.top && box.top < offer.bottom;
        }).map((one) => one.outerHTML).join();
    })()";
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.becomes(covered, "").await;
        browser.fits_the_screen().await;
    }
}
