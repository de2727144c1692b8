//! An open page follows its query: progress while it runs, rows as soon as they arrive, and newer rows on request.

mod looking;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::support::Key;

const SLOW: &str = "select pg_sleep(50)";
const NEWS: &str = "select line from news order by line";
/// The shortest interval after which an open page checks again, plus the time to see the result.
const LOOKS_AGAIN: Duration = Duration::from_secs(25);
/// A run continues for a while for a page that may only have lost its connection.
const LEAVES: Duration = Duration::from_secs(10);
const RUNS: &str = "select count(*) from pg_stat_activity
    where application_name like 'dataclips clip %' and datname = current_database() and state = 'active'";
/// A mark that shows later whether the page was loaded again.
const MARK: &str = "(window.isTheSamePage = 'yes')";

async fn ada(server: &Server) -> Browser {
    let browser = Browser::with(server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
}

/// Makes a table with one line; returns a connection that may change it.
async fn news(server: &Server) -> tokio_postgres::Client {
    let superuser = server.superuser().await;
    let sql = "create table news (line text); insert into news values ('first'); grant select on news to reader";
    superuser.batch_execute(sql).await.unwrap();
    superuser
}

async fn runs(superuser: &tokio_postgres::Client) -> i64 {
    superuser.query_one(RUNS, &[]).await.unwrap().get(0)
}

/// How many requests the page's script sent, other than for the page and its rows.
async fn requests(browser: &Browser) -> Value {
    let fetched =
        "performance.getEntriesByType('resource').filter(entry => entry.initiatorType !== 'link' &&
            !entry.name.includes('/static/') && !entry.name.includes('/rows?')).length";
    browser.evaluate(fetched).await
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rows_are_offered_and_shown_on_request() {
    let server = Server::start().await;
    let superuser = news(&server).await;
    let [live, pinned] = [
        server.create_clip(NEWS).await,
        server.create_clip(NEWS).await,
    ];
    let pin = format!("/api/v1/clips/{}/pin", pinned.slug);
    server
        .administrator
        .request(reqwest::Method::PUT, &pin)
        .send()
        .await
        .unwrap();
    let [mut browser, reader] = Browser::two(&server).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&page_of(&live)).await;
    reader.visit(&page_of(&pinned)).await;
    reader.sees("the query does not run").await;
    browser.sees("first").await;
    browser.evaluate(MARK).await;
    open_query(&browser).await;
    browser.fill("Query", "select 'typed'").await;
    superuser
        .execute("insert into news values ('second')", &[])
        .await
        .unwrap();

    browser.sees_within(LOOKS_AGAIN, "New data.").await;
    browser.does_not_see("second").await;
    is_good_everywhere(&mut browser).await;
    browser.tab_to("Show").await;
    browser.press_key(Key::Enter).await;
    browser.sees("second").await;
    browser.does_not_see("New data.").await;
    browser.sees("2 rows").await;
    assert_eq!(browser.focus().await, "Table of rows");
    assert_eq!(browser.value("Query").await, "select 'typed'");
    browser.becomes("window.isTheSamePage", "yes").await;
    browser.is_at(&page_of(&live)).await;

    // Meanwhile the pinned page stayed as it was, and sent no requests.
    assert_eq!(requests(&reader).await, json!(0));
    reader.does_not_see("second").await;
    let results = format!("/api/v1/clips/{}/results", pinned.slug);
    let results: Value = server
        .administrator
        .get(&results)
        .await
        .json()
        .await
        .unwrap();
    let result = &results["results"][0];
    assert_eq!(result["checked_at"], result["finished_at"], "{results}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_of_a_slow_query_shows_its_progress_and_then_its_rows() {
    let server = Server::start().await;
    let superuser = news(&server).await;
    let clip = server.create_clip(NEWS).await;
    superuser
        .batch_execute("begin; lock table news")
        .await
        .unwrap();
    let process: i32 = superuser
        .query_one("select pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let mut browser = ada(&server).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("limit 1 min").await;
    browser.sees("The rows will appear here.").await;
    let blocked =
        format!("Blocked: another session (process {process}) holds a lock that it needs.");
    browser.sees(&blocked).await;
    browser.evaluate(MARK).await;
    is_good_everywhere(&mut browser).await;

    open_query(&browser).await;
    browser.fill("Query", "select 'typed'").await;
    superuser.batch_execute("rollback").await.unwrap();
    browser.sees("1 row").await;
    browser.sees("first").await;
    browser.does_not_see("Running for").await;
    browser
        .becomes(
            "document.getElementById('told').textContent",
            "The rows are here.",
        )
        .await;
    assert_eq!(browser.value("Query").await, "select 'typed'");
    browser.becomes("window.isTheSamePage", "yes").await;
    is_good_everywhere(&mut browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_query_shows_its_last_rows_until_newer_ones_are_requested() {
    let server = Server::start().await;
    let superuser = news(&server).await;
    let clip = server.create_clip(NEWS).await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let mut browser = ada(&server).await;
    for (ends, is_offered) in [("rollback", false), ("commit", true)] {
        let sql = "begin; lock table news; insert into news values ('second')";
        superuser.batch_execute(sql).await.unwrap();
        browser.visit(&page_of(&clip)).await;
        browser.sees("The rows below were returned just now.").await;
        browser.sees("first").await;
        browser.evaluate(MARK).await;
        is_good_everywhere(&mut browser).await;
        superuser.batch_execute(ends).await.unwrap();
        browser.does_not_see("Running for").await;
        browser.does_not_see("second").await;
        if is_offered {
            browser.sees("New data.").await;
            browser.press("Show").await;
            browser.sees("second").await;
        } else {
            may_run_again(&browser).await;
            browser.does_not_see("New data.").await;
        }
        browser.becomes("window.isTheSamePage", "yes").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_fails_leaves_its_last_rows_on_the_page() {
    let server = Server::start().await;
    let superuser = news(&server).await;
    let clip = server.create_clip(NEWS).await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let mut browser = ada(&server).await;
    superuser
        .batch_execute("begin; drop table news")
        .await
        .unwrap();
    browser.visit(&page_of(&clip)).await;
    browser.sees("The rows below were returned just now.").await;
    open_query(&browser).await;
    browser.fill("Query", "select 'typed'").await;
    superuser.batch_execute("commit").await.unwrap();
    browser.sees("relation \"news\" does not exist").await;
    browser.sees("Showing the last rows").await;
    browser.sees("first").await;
    assert_eq!(browser.value("Query").await, "select 'typed'");
    is_good_everywhere(&mut browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_cancels_the_query_for_everybody() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let clip = server.create_clip(SLOW).await;
    let [browser, reader] = Browser::two(&server).await;
    sign_in(&browser, "ada@example.com").await;
    for visitor in [&browser, &reader] {
        visitor.visit(&page_of(&clip)).await;
        visitor.sees("Running for").await;
    }
    reader.evaluate(MARK).await;
    browser.tab_to("Cancel").await;
    browser.press_key(Key::Enter).await;
    for visitor in [&browser, &reader] {
        visitor.sees("Cancelled. There are no rows yet.").await;
        visitor.sees("Run again").await;
        visitor.does_not_see("Running for").await;
    }
    reader.becomes("window.isTheSamePage", "yes").await;
    server.no_query_is_left().await;
    // The page still reports it after a reload.
    let cancelled = browser.address().await;
    browser.visit(&cancelled).await;
    browser.sees("Cancelled. There are no rows yet.").await;
    assert_eq!(runs(&superuser).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_comes_too_late_for_a_query_that_was_cancelled_elsewhere() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let clip = server.create_clip(SLOW).await;
    let scriptless = Device::desktop().without_javascript();
    let browser = Browser::with(&server, scriptless).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("Running for").await;
    superuser
        .execute("select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(50)%' and pid <> pg_backend_pid()", &[])
        .await
        .unwrap();
    server.no_query_is_left().await;
    browser.press("Cancel").await;
    browser.sees("Run again").await;
    assert_eq!(runs(&superuser).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_stops_waiting_leaves_the_query_to_the_others() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let clip = server.create_clip(SLOW).await;
    let [browser, other] = Browser::two(&server).await;
    for reader in [&browser, &other] {
        reader.visit(&page_of(&clip)).await;
        reader.sees("Running for").await;
        reader.does_not_see("Cancel").await;
    }
    browser.tab_to("Stop waiting").await;
    browser.press_key(Key::Enter).await;
    browser
        .sees("You are no longer waiting for the query.")
        .await;
    assert_eq!(browser.focus().await, "Run again");
    browser.has_no_serious_axe_issue().await;
    other.sees("Running for 8 s").await;
    assert_eq!(runs(&superuser).await, 1);
    // The last visitor to leave cancels it.
    other.close();
    server.no_query_is_left_within(LEAVES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_is_closed_takes_its_query_with_it() {
    let server = Server::start().await;
    let clip = server.create_clip(SLOW).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("Running for 2 s").await;
    browser.close();
    server.no_query_is_left_within(LEAVES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_the_rows_arrive_by_themselves() {
    let server = Server::start().await;
    let superuser = news(&server).await;
    let clip = server.create_clip(NEWS).await;
    superuser
        .batch_execute("begin; lock table news")
        .await
        .unwrap();
    let browser = Browser::with(&server, Device::phone().without_javascript()).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("This page checks every few seconds.").await;
    browser.does_not_see("Stop waiting").await;
    superuser.batch_execute("rollback").await.unwrap();
    browser.sees("1 row").await;

    // Where there are rows to read, a link waits for the new ones.
    let sql = "begin; lock table news; insert into news values ('second')";
    superuser.batch_execute(sql).await.unwrap();
    browser.visit(&page_of(&clip)).await;
    browser.sees("first").await;
    tokio::join!(browser.click_link("Wait for the new ones"), async {
        superuser.batch_execute("commit").await.unwrap();
    });
    browser.sees("second").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_clip_that_is_created_pinned_shows_as_pinned_once_its_rows_arrive() {
    let server = Server::start().await;
    let browser = ada(&server).await;
    for number in 1..=3 {
        browser.visit("/clips/new").await;
        browser.fill("Name", "Figures").await;
        let sql = format!("select {number} as number, pg_sleep(2.5) is null as slept");
        browser.fill("Query", &sql).await;
        browser.check("Pin the rows").await;
        browser.press("Create clip").await;
        browser.sees("The rows will appear here.").await;
        browser.sees("1 row").await;
        let text = browser.text().await;
        assert!(text.contains("the rows stay as they were"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_pins_changes_and_unpins_by_keyboard_alone() {
    let server = Server::start().await;
    let superuser = news(&server).await;
    let clip = server.create_clip(NEWS).await;
    let mut browser = ada(&server).await;
    browser.visit(&page_of(&clip)).await;
    browser.tab_to("live").await;
    browser.press_key(Key::Enter).await;
    browser.tab_to("Pin these rows").await;
    browser.press_key(Key::Enter).await;
    browser.sees("the rows stay as they were").await;
    superuser
        .execute("insert into news values ('second')", &[])
        .await
        .unwrap();
    is_good_everywhere(&mut browser).await;

    open_query(&browser).await;
    browser
        .fill("Query", "select upper(line) as shouted from news")
        .await;
    browser.press("Save").await;
    browser
        .is_at(&format!("{}?version=2", page_of(&clip)))
        .await;
    browser.sees("Version 2 has no stored result").await;
    browser.does_not_see("Download").await;
    open_query(&browser).await;
    assert_eq!(
        browser.value("Query").await,
        "select upper(line) as shouted from news"
    );
    is_good_everywhere(&mut browser).await;
    browser.click_link("Show the pinned rows").await;
    browser.sees("The query has changed since.").await;
    browser.sees("first").await;
    browser.does_not_see("second").await;
    is_good_everywhere(&mut browser).await;
    browser.click_link("Show version 2").await;
    browser.sees("Version 2 has no stored result").await;
    browser.tab_to("Unpin").await;
    browser.press_key(Key::Enter).await;
    browser.is_at(&page_of(&clip)).await;
    browser.sees("SECOND").await;

    choose(&browser, "History").await;
    is_good_everywhere(&mut browser).await;
    browser.click_link("version 1, result 1").await;
    browser.sees("Result 1 of version 1").await;
    is_good_everywhere(&mut browser).await;
    let csv =
        "[...document.links].find(link => link.textContent.trim() === 'CSV').getAttribute('href')";
    let csv = browser.evaluate(csv).await;
    let csv = csv.as_str().unwrap();
    assert_eq!(csv, format!("{}.csv?version=1&result=1", page_of(&clip)));
    let rows = server.anonymous().get(csv).await.text().await.unwrap();
    assert_eq!(rows, "line\nfirst\n");
}
