//! By keyboard alone.

use super::*;
use crate::support::Key;

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_is_made_changed_and_sorted_by_keyboard_alone() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    browser.visit("/sign-in").await;
    browser.tab_to("E-mail address").await;
    browser.type_text("ada@example.com").await;
    browser.tab_to("Password").await;
    browser.type_text(PASSWORD).await;
    browser.press_key(Key::Enter).await;
    browser.is_at("/").await;

    browser.tab_to("New clip").await;
    browser.press_key(Key::Enter).await;
    browser.is_at("/clips/new").await;
    browser.tab_to("Name").await;
    browser.type_text("By keyboard").await;
    browser.tab_to("Query").await;
    browser.type_text("select id from orders limit 3").await;
    browser.tab_to("Create clip").await;
    browser.press_key(Key::Enter).await;
    browser.sees("3 rows").await;

    browser.tab_to("Query select id from orders limit 3").await;
    browser.press_key(Key::Enter).await;
    let is_in_editor = "String(document.activeElement.matches('.cm-content'))";
    browser.becomes(is_in_editor, "true").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser
        .type_text("select id from orders order by id limit 150")
        .await;
    browser.tab_to("Save").await;
    browser.press_key(Key::Enter).await;
    browser.sees("v2").await;
    let clip = browser.address().await;
    browser.tab_to("1").await;
    browser.press_key(Key::Up).await;
    for sort in ["1", "-1"] {
        assert_eq!(browser.focus().await, "id int4");
        browser.press_key(Key::Enter).await;
        browser.is_at(&format!("{clip}?sort={sort}")).await;
    }
    browser
        .becomes(
            "document.querySelector('#rows tbody td').textContent",
            "150",
        )
        .await;
    browser.press_key(Key::Down).await;
    browser.hold_and_press(Key::Control, Key::End).await;
    let row = "document.activeElement.parentElement.ariaRowIndex";
    browser.becomes(row, "151").await;
    assert_eq!(browser.focus().await, "1");
}
