//! Every page is accessible, fits its screen and complains of nothing: light and dark, on a desktop and on a phone.

use super::*;

/// With a clip in every state.
async fn paths(server: &Server) -> Vec<String> {
    let long = format!("select '{}' as long, null as nothing", "word ".repeat(400));
    let mut paths = vec!["/".to_owned(), "/no-such-page".to_owned()];
    for sql in [
        "select * from orders order by id limit 20",
        "select id, nonsense from orders",
        "select id, customer, amount, ordered_at, id + 1 as one_more, id + 2 as two_more, nonsense, 'and so on, and so on, and so on, and so on' as words from orders",
        "select * from orders where false",
        "select * from orders",
        &long,
    ] {
        paths.push(page_of(&server.create_clip(sql).await));
    }
    paths
}

async fn is_good(browser: &Browser, path: &str) {
    browser.visit(path).await;
    browser.has_no_serious_axe_issue().await;
    browser.fits_the_screen().await;
    browser.asks_no_other_server().await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_good_on_every_device() {
    let server = Server::start().await;
    let paths = paths(&server).await;
    for device in devices() {
        let browser = Browser::with(&server, device).await;
        for path in &paths {
            is_good(&browser, path).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_in_on_every_device() {
    for device in devices() {
        let server = Server::start().await;
        let store = server.app.store.client().await.unwrap();
        store.execute("delete from users", &[]).await.unwrap();
        let browser = Browser::with(&server, device).await;
        is_good(&browser, "/").await;
        let welcome = format!("/welcome/{}", server.app.welcome.as_str());
        is_good(&browser, &welcome).await;
        // What the browser itself would stop has to look well too.
        browser
            .evaluate("document.forms[0].noValidate = true")
            .await;
        browser.fill("E-mail address", "ann@example.com").await;
        browser.fill("Password", "short").await;
        browser.press("Create the administrator").await;
        browser.sees("at least 8 characters").await;
        browser.has_no_serious_axe_issue().await;
        assert_eq!(browser.value("E-mail address").await, "ann@example.com");
        browser.fill("Password", "correct horse").await;
        browser.press("Create the administrator").await;
        browser.sees("You are the administrator").await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
}
