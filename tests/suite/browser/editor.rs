//! The query's editor.

use super::*;
use crate::support::Key;

async fn analyst(server: &Server) -> Browser {
    let browser = Browser::with(server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
}

/// Where the wavy line is.
const UNDERLINED: &str =
    "[...document.querySelectorAll('.cm-error')].map(mark => mark.textContent).join()";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_run_from_the_keyboard_and_then_saved() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Name", "Tried").await;
    browser.fill("Query", "select 1 as one, nothing").await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("column \"nothing\" does not exist").await;
    browser.becomes(UNDERLINED, "nothing").await;
    browser.fill("Query", "select 'tried' as one").await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("1 row").await;
    browser.sees("tried").await;
    browser.does_not_see("does not exist").await;
    browser.becomes(UNDERLINED, "").await;
    assert_eq!(browser.focus().await, "Query");
    browser.is_at("/clips/new").await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
    browser.sit_down_at(Device::desktop()).await;
    browser.has_a_quiet_console().await;
    browser.asks_no_other_server().await;

    browser.hold_and_press(Key::Control, 's').await;
    browser.sees("Save").await;
    assert_eq!(browser.value("Query").await, "select 'tried' as one");
    // The saved rows give way to a preview, and come back.
    browser.fill("Query", "select 'other' as one").await;
    browser.press("Run").await;
    browser.sees("other").await;
    browser.press("Close the preview").await;
    browser.does_not_see("not saved").await;
    browser.sees("tried").await;
    // What was saved is no longer a draft.
    browser.press("Save").await;
    browser.sees("v2").await;
    browser.does_not_see("is back").await;
    browser.visit("/clips/new").await;
    browser.does_not_see("is back").await;
    assert_eq!(browser.value("Query").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsaved_text_survives_a_reload_and_can_be_discarded() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    let clip = server.create_clip("select 1 as one").await;
    for (page, saved) in [
        (page_of(&clip), "select 1 as one"),
        ("/clips/new".to_owned(), ""),
    ] {
        browser.visit(&page).await;
        browser.fill("Query", "select 'unsaved \u{1f980}'").await;
        browser.visit("/databases").await;
        browser.visit(&page).await;
        browser.sees("What you wrote here before is back.").await;
        assert_eq!(browser.value("Query").await, "select 'unsaved \u{1f980}'");
        browser.has_no_serious_axe_issue().await;
        browser.press("Discard it").await;
        browser.does_not_see("is back").await;
        assert_eq!(browser.value("Query").await, saved);
        browser.visit(&page).await;
        browser.does_not_see("is back").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_an_older_version_overwrites_nothing() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    let clip = server.create_clip("select 1 as one").await;
    browser.visit(&page_of(&clip)).await;
    browser.fill("Query", "select 'mine'").await;
    let changed = serde_json::json!({"sql": "select 'theirs'"});
    let path = format!("/api/v1/clips/{}", clip.slug);
    server.administrator.patch(&path, &changed).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("is back").await;
    browser.press("Save").await;
    browser
        .sees("changed this query while you were writing")
        .await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
    assert_eq!(browser.value("Query").await, "select 'mine'");
    browser.sit_down_at(Device::desktop()).await;
    browser.press("Save").await;
    browser.sees("v3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_query_is_cancelled_where_it_was_run() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select pg_sleep(50)").await;
    browser.press("Run").await;
    browser.sees("The query has been running for 2 s.").await;
    browser.has_no_serious_axe_issue().await;
    browser.press("Cancel").await;
    browser.does_not_see("has been running").await;
    server.no_query_is_left().await;
    browser.press("Run").await;
    browser.sees("The query has been running for 1 s.").await;
    browser.visit("/").await;
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_does_not_reach_the_server_says_so_and_stays() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'tried'").await;
    browser.block_addresses("*/clips/preview").await;
    browser.press("Run").await;
    browser
        .sees("The server does not answer. Run it again in a moment.")
        .await;
    browser.does_not_see("running").await;
    browser.block_addresses("nothing").await;
    browser.press("Run").await;
    browser.sees("returned 1 row").await;
    browser.does_not_see("does not answer").await;
    assert_eq!(browser.value("Query").await, "select 'tried'");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_become_comments_and_tab_leads_on() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 1").await;
    browser.hold_and_press(Key::Control, '/').await;
    assert_eq!(browser.value("Query").await, "-- select 1");
    browser.hold_and_press(Key::Control, '/').await;
    assert_eq!(browser.value("Query").await, "select 1");
    browser.press_key(Key::Tab).await;
    assert_ne!(browser.focus().await, "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_a_query_is_run_and_saved_too() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop().without_javascript()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'tried' as one").await;
    browser.press("Run").await;
    browser.sees("1 row").await;
    browser.sees("tried").await;
    browser.fill("Name", "Tried").await;
    browser.press("Create clip").await;
    browser.sees("Save").await;
    browser.fill("Query", "select nothing").await;
    browser.press("Run").await;
    browser.sees("column \"nothing\" does not exist").await;
    browser.click_link("Discard the changes").await;
    browser.sees("tried").await;
}
