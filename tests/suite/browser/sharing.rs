//! Share as a dialog, and as a page where there are no scripts.

use serde_json::json;

use super::*;
use crate::support::{Key, Server};

const SELECTED: &str = "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)";

#[tokio::test(flavor = "multi_thread")]
async fn the_dialog_opens_with_the_link_selected_and_escape_goes_back() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for device in [Device::desktop(), Device::phone()] {
        let mut browser = Browser::with(&server, device).await;
        browser.visit(&page_of(&clip)).await;
        browser.tab_to("Share").await;
        browser.press_key(Key::Enter).await;
        browser.sees("Link to this page").await;
        browser.is_at(&page_of(&clip)).await;
        assert_eq!(browser.focus().await, "Link to this page");
        let link = format!("{}/{}", server.url, clip.slug);
        assert_eq!(browser.evaluate(SELECTED).await, json!(link));
        is_good_everywhere(&mut browser).await;
        browser.sit_down_at(device).await;
        browser.press("Copy Link to this page").await;
        let told = "document.querySelector('dialog [data-copy-status]').textContent !== ''";
        browser.becomes(&format!("String({told})"), "true").await;
        browser.press_key(Key::Escape).await;
        browser.does_not_see("Link to this page").await;
        assert_eq!(browser.focus().await, "Share");
        browser.press_key(Key::Enter).await;
        browser.sees("Link to this page").await;
        browser.press("Close").await;
        browser.does_not_see("Link to this page").await;
        assert_eq!(browser.focus().await, "Share");
        browser.has_a_quiet_console().await;
        browser.asks_no_other_server().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_restricts_a_clip_without_leaving_its_page() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&page_of(&clip)).await;
    browser.click_link("Share").await;
    browser.check("Only authorized users").await;
    browser.fill("Add people", "gus@@example.com").await;
    browser.press("Save access").await;
    browser.sees("Neither an address").await;
    browser.fill("Add people", "gus@example.com").await;
    browser.press("Save access").await;
    browser.sees("Saved.").await;
    browser.fill("Label", "sales sheet").await;
    browser.press("Create link").await;
    browser.sees("Link “sales sheet” created.").await;
    browser.does_not_see("Post on X").await;
    is_good_everywhere(&mut browser).await;
    browser.press("Close").await;
    browser.is_at(&page_of(&clip)).await;
    browser.sees("Only 2 people").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dialog_fixes_the_values_of_the_page() {
    let server = Server::start().await;
    let sql = "select {{day}}::date as day, {{ids?}}::int[] as ids";
    let clip = server.create_clip(sql).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
        .visit(&format!("{}?day=2026-01-31&ids=1", page_of(&clip)))
        .await;
    browser.sees("1 row").await;
    browser.click_link("Share").await;
    browser.sees("Fixed values").await;
    let day = "document.getElementById('value-fixed.day').value";
    assert_eq!(browser.evaluate(day).await, json!("2026-01-31"));
    // Another field follows the last of several values here too.
    browser
        .evaluate("document.getElementById('value-fixed.ids-2').focus()")
        .await;
    browser.type_text("x").await;
    browser
        .becomes(
            "String(document.getElementById('value-fixed.ids-3') !== null)",
            "true",
        )
        .await;
    browser.fill("Label", "sheet").await;
    browser.press("Create link").await;
    browser.sees("invalid input syntax for type integer").await;
    is_good_everywhere(&mut browser).await;
    browser
        .evaluate("document.getElementById('value-fixed.ids-2').value = '2'")
        .await;
    browser.press("Create link").await;
    browser.sees("Link “sheet” created.").await;
    browser.sees("day = 2026-01-31").await;
    assert_eq!(browser.evaluate(day).await, json!("2026-01-31"));
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_it_is_a_page() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let device = Device::phone().without_javascript();
    let browser = Browser::with(&server, device).await;
    browser.visit(&page_of(&clip)).await;
    browser.click_link("Share").await;
    browser.is_at(&format!("{}/share", page_of(&clip))).await;
    browser.sees("Link to this page").await;
    browser.does_not_see("Copy").await;
    browser.fits_the_screen().await;
}

/// From a page on another origin.
#[tokio::test(flavor = "multi_thread")]
async fn the_javascript_snippet_works_elsewhere() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a, 'x' as b").await;
    let reader = Browser::with(&server, Device::desktop()).await;
    reader.visit(&format!("{}/share", page_of(&clip))).await;
    let snippet = "document.getElementById('share-javascript').textContent";
    let snippet = reader.evaluate(snippet).await;
    drop(reader);
    let snippet = snippet
        .as_str()
        .unwrap()
        .trim_end_matches("console.log(fields, values);");
    let browser = Browser::at(&probe::serve().await, Device::desktop()).await;
    browser.visit("/").await;
    let program = format!("(async () => {{ {snippet} return [fields, values]; }})()");
    let rows = browser.evaluate(&program).await;
    assert_eq!(rows, json!([["a", "b"], [[1, "x"]]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_for_a_frame_shows_the_table_elsewhere() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'framed' as a").await;
    let reader = Browser::with(&server, Device::desktop()).await;
    reader.visit(&format!("{}/share", page_of(&clip))).await;
    let code = reader
        .evaluate("document.getElementById('share-embed').textContent")
        .await;
    drop(reader);
    let browser = Browser::at(&probe::serve().await, Device::desktop()).await;
    browser.visit("/").await;
    let put = format!("document.body.insertAdjacentHTML('afterbegin', {code})");
    browser.evaluate(&put).await;
    browser.enter_frame().await;
    browser.sees("framed").await;
}
