//! The main path of a new administrator in a browser: with JavaScript, and without.

use super::*;

/// Somebody who opens the welcome link of a new server.
async fn newcomer(server: &Server, device: Device) -> Browser {
    let store = server.app.store.client().await.unwrap();
    store.execute("delete from tokens", &[]).await.unwrap();
    store.execute("delete from users", &[]).await.unwrap();
    let browser = Browser::with(server, device).await;
    browser
        .visit(&format!("/welcome/{}", server.app.welcome.text()))
        .await;
    browser.fill("E-mail address", "ann@example.com").await;
    browser.fill("Password", "correct horse").await;
    browser.press("Create administrator").await;
    browser.is_at("/").await;
    browser
}

async fn add_database(browser: &Browser, server: &Server) {
    browser.click_link("Databases").await;
    browser.click_link("Add a database").await;
    browser.fill("Name", "shop").await;
    browser
        .fill("Connection URL", "postgresql://nobody@127.0.0.1:1/none")
        .await;
    browser.press("Add database").await;
    browser.sees("cannot be reached").await;
    assert_eq!(browser.value("Name").await, "shop");
    browser.fill("Connection URL", &server.data_url()).await;
    browser.press("Add database").await;
    browser.sees("shop").await;
}

/// A query that fails first, then is fixed; returns the clip's path.
async fn create_clip(browser: &Browser) -> String {
    browser.click_link("New clip").await;
    browser.fill("Name", "Orders").await;
    browser.choose("Database", "shop").await;
    browser
        .fill(
            "Query",
            "select id, custommer\nfrom orders\norder by id limit 3",
        )
        .await;
    browser.press("Create clip").await;
    browser.sees("column \"custommer\" does not exist").await;
    browser.sees("line 1, character 12").await;
    assert_eq!(browser.value("Name").await, "Orders");
    assert_eq!(
        browser.value("Query").await,
        "select id, custommer\nfrom orders\norder by id limit 3"
    );
    browser
        .fill(
            "Query",
            "select id, customer\nfrom orders\norder by id limit 3",
        )
        .await;
    browser.press("Create clip").await;
    browser.sees("3 rows").await;
    browser.sees("Customer 3").await;
    browser.address().await
}

/// What the page's own link leads to.
async fn csv(browser: &Browser, server: &Server) -> String {
    let link =
        "[...document.links].find(link => link.textContent.trim() === 'CSV').getAttribute('href')";
    let link = browser.evaluate(link).await;
    let file = server.anonymous().get(link.as_str().unwrap()).await;
    file.text().await.unwrap()
}

async fn walk(device: Device) {
    let server = Server::start().await;
    let browser = newcomer(&server, device).await;
    add_database(&browser, &server).await;
    let clip = create_clip(&browser).await;
    assert_eq!(
        csv(&browser, &server).await,
        "id,customer\n1,Customer 1\n2,Customer 2\n3,Customer 3\n"
    );

    open_query(&browser).await;
    browser
        .fill("Query", "select id from orders order by id limit 250")
        .await;
    browser.press("Save").await;
    browser.sees("250 rows").await;
    browser.sees("v2").await;
    if !device.has_javascript() {
        browser.click_link("Next").await;
        browser.sees("Rows 101 to 200 of 250").await;
        browser.back().await;
        browser.sees("Rows 1 to 100 of 250").await;
    }

    browser.visit(&format!("{clip}?version=1")).await;
    browser.sees("This is an earlier version").await;
    browser.sees("3 rows").await;
    assert!(csv(&browser, &server).await.starts_with("id,customer\n"));
    browser.click_link("Show the current one").await;
    browser.is_at(&clip).await;

    choose(&browser, "History").await;
    browser.press("Restore version 1").await;
    browser.is_at(&clip).await;
    browser.sees("v3").await;
    browser.sees("Customer 3").await;

    choose(&browser, "Settings").await;
    browser.fill("Name", "Three orders").await;
    browser.press("Save").await;
    browser.sees("Saved.").await;
    browser.sees("Three orders").await;
    browser.press("Remove clip").await;
    browser.sees("Removed clips").await;
    let stranger = server.anonymous();
    assert_eq!(stranger.get(&clip).await.status(), 410);
    browser.press("Restore Three orders").await;
    browser.is_at(&clip).await;
    browser.sees("Customer 3").await;
    assert_eq!(stranger.get(&clip).await.status(), 200);

    browser.press("Account of ann@example.com").await;
    browser.press("Sign out").await;
    browser.sees("A SQL query becomes a link").await;
    browser.visit(&clip).await;
    browser.sees("Customer 3").await;
    browser.does_not_see("Save").await;
    browser.asks_no_other_server().await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_welcome_link_to_a_restored_clip() {
    walk(Device::desktop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_welcome_link_to_a_restored_clip_without_javascript() {
    walk(Device::desktop().without_javascript()).await;
}
