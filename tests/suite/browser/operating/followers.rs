//! Followers of a database, and the rehearsal of a move.

use super::*;
use crate::database::followers::pair;

#[tokio::test(flavor = "multi_thread")]
async fn followers_and_a_rehearsal_are_good_on_every_device() {
    let pair = pair().await;
    let server = server(&pair.primary_url()).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    add_follower(&browser, &pair.follower_url()).await;
    is_good_everywhere(&mut browser).await;
    browser.visit("/databases").await;
    browser.sees("Behind by").await;
    is_good_everywhere(&mut browser).await;
    rehearse(&browser).await;
    is_good_everywhere(&mut browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_followers_are_added_moves_rehearsed_and_growth_is_drawn() {
    let pair = pair().await;
    let server = server(&pair.primary_url()).await;
    let device = Device::phone().without_javascript();
    let browser = Browser::with(&server, device).await;
    sign_in(&browser, "ada@example.com").await;
    add_follower(&browser, &pair.follower_url()).await;
    browser.press("Remove east").await;
    browser.sees("Follower removed.").await;
    browser.fits_the_screen().await;
    rehearse(&browser).await;
    browser.fits_the_screen().await;
    browser.visit("/databases/2/health").await;
    browser.press("Look once a day").await;
    browser.sees("On: the checks run once a day").await;
    look_where_due(&server.app).await.unwrap();
    browser.visit("/databases/2/health").await;
    browser.sees("the whole database").await;
    browser.fits_the_screen().await;
}

/// With the database `shop` and two clips on it.
async fn server(shop: &str) -> Server {
    let server = Server::start().await;
    server.add_database("shop", shop).await;
    for sql in ["select 1 as one", "select current_database()"] {
        server.administrator.create_clip_on("shop", sql).await;
    }
    server
}

/// On the page of `shop`.
async fn add_follower(browser: &Browser, url: &str) {
    browser.visit("/databases/2").await;
    browser.fill("Name of the follower", "east").await;
    browser.fill("URL of the follower", url).await;
    browser.press("Add follower").await;
    browser.sees("Follower added.").await;
    browser.sees("east").await;
}

async fn rehearse(browser: &Browser) {
    browser.visit("/databases/2").await;
    browser.choose("Move its clips to", "data").await;
    browser.press("Try the queries there").await;
    browser.press("Check all").await;
    browser.sees("2 clips tried.").await;
    browser.sees("other rows: 1").await;
}
