//! Finding a clip: the list follows what is typed.

use super::*;
use crate::support::Key;

const FIELD: &str = "Search names and queries";
const STATUS: &str = "document.querySelector('[data-find-status]').textContent";

async fn titled(server: &Server, title: &str, sql: &str) -> Clip {
    let clip = server.create_clip(sql).await;
    let api = format!("/api/v1/clips/{}", clip.slug);
    let renamed = serde_json::json!({"title": title});
    server.administrator.patch(&api, &renamed).await;
    clip
}

async fn clips(server: &Server) -> Clip {
    let orders = titled(server, "Orders by day", "select 1 as apples").await;
    for number in 1..=6 {
        titled(server, &format!("Revenue {number}"), "select 2 as pears").await;
    }
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_follows_what_is_typed() {
    let server = Server::start().await;
    let orders = clips(&server).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.sees("Revenue 6").await;
    browser.fill(FIELD, "APPLES").await;
    browser.does_not_see("Revenue 6").await;
    browser.sees("Orders by day").await;
    browser.becomes(STATUS, "1 dataclip").await;
    browser.is_at("/?search=APPLES").await;
    browser.fill(FIELD, "revenue").await;
    browser.becomes(STATUS, "6 dataclips").await;
    browser.does_not_see("Orders by day").await;
    browser.choose("Owner", "ada@example.com").await;
    browser
        .is_at("/?search=revenue&owner=ada%40example.com")
        .await;
    is_good_everywhere(&mut browser).await;
    browser.fill(FIELD, "no such thing").await;
    browser.sees("No dataclip matches").await;
    browser.click_link("Show all").await;
    browser.is_at("/").await;

    browser.fill(FIELD, "orders").await;
    browser.becomes(STATUS, "1 dataclip").await;
    assert_eq!(browser.focus().await, FIELD);
    browser.press_key(Key::Down).await;
    assert_eq!(browser.focus().await, "Orders by day");
    browser.press_key(Key::Enter).await;
    browser.is_at(&page_of(&orders)).await;
    browser.sees("apples").await;
    // Going back leads to the list that was found.
    browser.back().await;
    browser.is_at("/?search=orders").await;
    browser.does_not_see("Revenue 6").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_last_is_a_link_above_the_list() {
    let server = Server::start().await;
    let orders = clips(&server).await;
    let mut browser = Browser::with(&server, Device::phone()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&page_of(&orders)).await;
    browser.sees("apples").await;
    browser.visit("/").await;
    browser.sees("Recently viewed").await;
    is_good_everywhere(&mut browser).await;
    browser.visit("/account").await;
    browser.press("Forget them").await;
    browser
        .sees("Your recently viewed dataclips are forgotten.")
        .await;
    is_good_everywhere(&mut browser).await;
    browser.visit("/").await;
    browser.sees("Revenue 6").await;
    browser.does_not_see("Recently viewed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_enter_searches() {
    let server = Server::start().await;
    clips(&server).await;
    let browser = Browser::with(&server, Device::desktop().without_javascript()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.fill(FIELD, "apples").await;
    browser.sees("Revenue 6").await;
    browser.press_key(Key::Enter).await;
    browser.sees("1 dataclip").await;
    browser.is_at("/?search=apples&database=&owner=").await;
}
