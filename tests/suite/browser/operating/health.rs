//! From the list of databases to a finding, and to a clip that is made of it.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_becomes_a_clip_for_administrators_and_growth_is_drawn() {
    let server = Server::start().await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit("/databases").await;
    browser.click_link("data").await;
    browser.click_link("health").await;
    // The tests' PostgreSQL runs without it.
    browser.sees("fsync is off").await;
    browser.press("Look once a day").await;
    browser.sees("On: the checks run once a day").await;
    look_where_due(&server.app).await.unwrap();
    browser.visit("/databases/1/health").await;
    browser.sees("The newest look was just now").await;
    browser.sees("the whole database").await;
    is_good_everywhere(&mut browser).await;

    browser.press("Make this a clip: Settings").await;
    browser
        .sees("Only you and administrators see the rows")
        .await;
    browser.press("Create clip").await;
    browser
        .sees("a crash of the machine can destroy the database")
        .await;
    let page = browser.address().await;
    let slug = page
        .trim_start_matches('/')
        .split(['?', '-'])
        .next()
        .unwrap();
    let rows = server.anonymous().get(&format!("/{slug}.csv")).await;
    assert_eq!(rows.status(), 401);
}
