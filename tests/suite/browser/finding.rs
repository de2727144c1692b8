//! Finding a clip: the list follows what is typed.

use super::*;
use crate::support::Key;

const FIELD: &str = "Search clips";
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
    browser.becomes(STATUS, "1 clip").await;
    browser.is_at("/?search=APPLES").await;
    browser.fill(FIELD, "revenue").await;
    browser.becomes(STATUS, "6 clips").await;
    browser.does_not_see("Orders by day").await;
    browser.choose("Owner", "ada@example.com").await;
    browser
        .is_at("/?search=revenue&owner=ada%40example.com")
        .await;
    is_good_everywhere(&mut browser).await;
    browser.fill(FIELD, "no such thing").await;
    browser.sees("No clip matches").await;
    browser.click_link("Show all").await;
    browser.is_at("/").await;

    browser.fill(FIELD, "orders").await;
    browser.becomes(STATUS, "1 clip").await;
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
    browser.sees("Recent clips").await;
    is_good_everywhere(&mut browser).await;
    browser.visit("/account").await;
    browser.press("Forget them").await;
    browser.sees("Your recent clips are forgotten.").await;
    is_good_everywhere(&mut browser).await;
    browser.visit("/").await;
    browser.sees("Revenue 6").await;
    browser.does_not_see("Recent clips").await;
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
    browser.sees("1 clip").await;
    browser.is_at("/?search=apples&database=&owner=").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_star_needs_no_new_page_and_the_filter_finds_it() {
    const PRESSED: &str = "String(document.querySelectorAll('.clips [aria-pressed=true]').length)";
    let server = Server::start().await;
    clips(&server).await;
    for device in [Device::desktop(), Device::phone().without_javascript()] {
        let browser = Browser::with(&server, device).await;
        sign_in(&browser, "ada@example.com").await;
        browser.visit("/?sort=name").await;
        browser.press("Star Orders by day").await;
        browser.is_at("/?sort=name").await;
        browser.becomes(PRESSED, "1").await;
        browser.visit("/?starred=1").await;
        browser.sees("Orders by day").await;
        browser.does_not_see("Revenue 6").await;
        browser.press("Star Orders by day").await;
        browser.becomes(PRESSED, "0").await;
        browser.visit("/").await;
        browser.sees("Revenue 6").await;
        browser.becomes(PRESSED, "0").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_sorted_by_its_headings() {
    const FIRST: &str = "document.querySelector('.clips .title').textContent";
    let server = Server::start().await;
    clips(&server).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.becomes(FIRST, "Revenue 6").await;
    browser.click_link("Name").await;
    browser.becomes(FIRST, "Orders by day").await;
    browser.fill(FIELD, "revenue").await;
    browser.becomes(FIRST, "Revenue 1").await;
    browser.is_at("/?search=revenue&sort=name").await;
    browser.click_link("Name").await;
    browser.becomes(FIRST, "Revenue 6").await;
    browser.is_at("/?search=revenue&sort=-name").await;
    is_good_everywhere(&mut browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_several_tags_is_completed() {
    const OFFERED: &str = "[...document.querySelector('[data-tags]').list.options].map((tag) => tag.value).join('; ')";
    let server = Server::start().await;
    let orders = clips(&server).await;
    let api = format!("/api/v1/clips/{}", orders.slug);
    let tags = serde_json::json!({"tags": ["emea", "sales"], "description": "All *paid* ones"});
    server.administrator.patch(&api, &tags).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
        .visit(&format!("{}/settings", page_of(&orders)))
        .await;
    browser.becomes(OFFERED, "emea; sales").await;
    browser.fill("Tags", "emea, s").await;
    browser.becomes(OFFERED, "emea, sales").await;
    browser.fill("Tags", "emea, new").await;
    is_good_everywhere(&mut browser).await;
    browser.sit_down_at(Device::phone()).await;
    browser.visit("/?tag=emea").await;
    browser.sees("Orders by day").await;
    browser.does_not_see("Revenue 6").await;
    is_good_everywhere(&mut browser).await;
}
