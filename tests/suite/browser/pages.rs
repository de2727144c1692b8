//! Every page is accessible, fits its screen and logs no error: light and dark, on a desktop and on a phone.

use super::*;
use crate::support::shared;

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
        let page = page_of(&server.create_clip(sql).await);
        paths.push(format!("{page}/embed"));
        paths.push(page);
    }
    if let Some(page) = paths.last() {
        paths.push(format!("{page}/share?version=1"));
    }
    paths
}

/// With a database that responds, one whose role can write, one whose role is refused, and one that is removed.
async fn databases(server: &Server) -> Vec<String> {
    let (writer, grown) = (
        format!("writer_{}", server.data),
        format!("grown_{}", server.data),
    );
    let superuser = server.superuser().await;
    let sql = format!(
        "create role {writer} login; grant insert on orders to {writer}; create role {grown} login"
    );
    superuser.batch_execute(&sql).await.unwrap();
    let long = format!("{} <b>", "long".repeat(24));
    for (name, role) in [("warned", &writer), (&long, &grown), ("removed", &writer)] {
        let url = shared().socket_url(role, &server.data);
        server.add_database(name, &url).await;
    }
    let sql = format!("alter role {grown} createrole createdb");
    superuser.batch_execute(&sql).await.unwrap();
    server
        .administrator
        .create_clip_on("removed", "select 1 as a")
        .await;
    let removed = "/api/v1/databases/removed?force=1";
    server.administrator.delete(removed).await;
    let paths = ["/databases", "/databases/new", "/audit", "/running"].map(str::to_owned);
    let pages = (1..=4).map(|id| format!("/databases/{id}"));
    paths.into_iter().chain(pages).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_good_on_every_device() {
    let server = Server::start().await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for path in paths(&server).await {
        is_good(&mut browser, &path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_about_databases_is_good_on_every_device() {
    let server = Server::start().await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    for path in databases(&server).await {
        is_good(&mut browser, &path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_database_is_explained_on_every_device() {
    let server = Server::start().await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.sit_down_at(Device::phone()).await;
    browser.visit("/databases/new").await;
    browser.fill("Name", "shop").await;
    let url = shared().socket_url("postgres", &server.data);
    browser.fill("Connection URL", &url).await;
    browser.press("Add database").await;
    browser.sees("is a superuser").await;
    is_good_everywhere(&mut browser).await;
    assert_eq!(browser.value("Connection URL").await, url);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_signs_up_on_every_device() {
    for device in [Device::desktop(), Device::phone()] {
        let server = Server::start().await;
        let store = server.app.store.client().await.unwrap();
        store.execute("delete from users", &[]).await.unwrap();
        let mut browser = Browser::with(&server, device).await;
        is_good(&mut browser, "/").await;
        browser.sit_down_at(device).await;
        let welcome = format!("/welcome/{}", server.app.welcome.text());
        browser.visit(&welcome).await;
        // Errors that the browser itself would prevent have to look right too.
        browser
            .evaluate("document.forms[0].noValidate = true")
            .await;
        is_good_everywhere(&mut browser).await;
        browser.sit_down_at(device).await;
        browser.fill("E-mail address", "ann@example.com").await;
        browser.fill("Password", "short").await;
        browser.press("Create administrator").await;
        browser.sees("at least 8 characters").await;
        is_good_everywhere(&mut browser).await;
        browser.sit_down_at(device).await;
        assert_eq!(browser.value("E-mail address").await, "ann@example.com");
        browser.fill("Password", "correct horse").await;
        browser.press("Create administrator").await;
        browser.sees("Create your first clip").await;
        is_good_everywhere(&mut browser).await;
    }
}

/// With people in every state.
async fn people(server: &Server) -> Vec<String> {
    let (ann, ben) = ("ann@example.com", "ben@example.com");
    let long = format!("{}@example.com", "long".repeat(16));
    for email in [ann, ben, &long] {
        let new = serde_json::json!({"email": email, "role": "member"});
        let answer = server.administrator.post("/api/v1/people", &new).await;
        assert_eq!(answer.status(), 201);
    }
    let store = server.app.store.client().await.unwrap();
    let sql = "update users set verified_at = null where email = 'ben@example.com'";
    store.execute(sql, &[]).await.unwrap();
    let sql = "delete from one_time_links where email = 'ben@example.com'";
    store.execute(sql, &[]).await.unwrap();
    let shut_out = serde_json::json!({"active": false});
    let path = format!("/api/v1/people/{long}");
    server.administrator.patch(&path, &shut_out).await;
    let pages = (1..=4).map(|id| format!("/people/{id}"));
    std::iter::once("/people".to_owned()).chain(pages).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_about_people_is_good_on_every_device() {
    let server = Server::start().await;
    let paths = people(&server).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    for path in &paths {
        is_good(&mut browser, path).await;
    }
    browser.sit_down_at(Device::phone()).await;
    browser.visit("/people").await;
    browser
        .fill("E-mail addresses", "cid@example.com dan@example.com")
        .await;
    browser.choose("Role", "Guest").await;
    browser.press("Invite").await;
    browser.sees("New links").await;
    is_good_everywhere(&mut browser).await;
}

/// What somebody who is signed in sees, with a clip in every state.
async fn paths_of_an_analyst(server: &Server) -> Vec<String> {
    let clip = server
        .create_clip("select * from orders order by id limit 250")
        .await;
    let changed = serde_json::json!({"sql": "select 2 as b", "title": "A long title. ".repeat(14)});
    let api = format!("/api/v1/clips/{}", clip.slug);
    server.administrator.patch(&api, &changed).await;
    let failing = server.create_clip("select nonsense from orders").await;
    let gone = server.create_clip("select 1 as a").await;
    let api = format!("/api/v1/clips/{}", gone.slug);
    server.administrator.delete(&api).await;
    let page = page_of(&clip);
    vec![
        "/".to_owned(),
        "/?search=nothing+of+the+kind".to_owned(),
        "/clips/new".to_owned(),
        "/clips/removed".to_owned(),
        "/account".to_owned(),
        "/no-such-page".to_owned(),
        page_of(&failing),
        page_of(&gone),
        format!("{page}?version=1&sort=-2"),
        format!("{page}/history"),
        format!("{page}/difference"),
        format!("{page}?chart=1"),
        "/databases/1/schema".to_owned(),
        format!("{page}/settings"),
        page,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_analyst_is_good_on_every_device() {
    let server = Server::start().await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    is_good(&mut browser, "/sign-in").await;
    sign_in(&browser, "ada@example.com").await;
    for path in paths_of_an_analyst(&server).await {
        is_good(&mut browser, &path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_theme_wins_over_the_systems_and_stays() {
    let server = Server::start().await;
    for device in [Device::desktop(), Device::desktop().without_javascript()] {
        let browser = Browser::with(&server, device).await;
        let scheme = "getComputedStyle(document.documentElement).colorScheme";
        browser.visit("/sign-in").await;
        browser.becomes(scheme, "light dark").await;
        browser.press("Theme").await;
        browser.press("dark").await;
        browser.is_at("/sign-in").await;
        browser.becomes(scheme, "dark").await;
        browser.visit("/").await;
        browser.becomes(scheme, "dark").await;
        browser.press("Theme").await;
        browser.press("system").await;
        browser.becomes(scheme, "light dark").await;
    }
}
