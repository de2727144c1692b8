//! The explorer beside a query, in a browser.

use super::*;
use crate::support::{Browser, Device, PASSWORD, Proxy, shared};

const FILTER: &str = "Find tables and columns";
const OPEN_QUERY: &str = "document.querySelector('details.query').open = true";
const SQL: &str = "document.getElementById('sql').value";

async fn sit_down(company: &Company, device: Device) -> Browser {
    let browser = Browser::with(&company.server, device).await;
    browser.sign_in("mia@example.com", PASSWORD).await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_found_while_somebody_types() {
    let company = Company::new().await;
    let browser = sit_down(&company, Device::desktop()).await;
    browser.visit("/clips/new").await;
    browser.sees("keys_to_gold").await;
    browser.fill(FILTER, "visitor").await;
    browser.sees("1 table").await;
    browser.sees("partitioned table, 2 columns").await;
    browser.does_not_see("keys_to_gold").await;
    browser.fill(FILTER, "nothing of the kind").await;
    let none = "No table or column has “nothing of the kind” in its name.";
    browser.sees(none).await;
    browser.fill(FILTER, "staff.employees").await;
    browser.sees("Last Name").await;
    browser.click_link("refers to departments.dept_no").await;
    browser.sees("As on the door").await;
    assert_eq!(browser.value(FILTER).await, "staff.departments");
    browser.is_at("/clips/new").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_found_shows_and_is_marked() {
    let company = Company::new().await;
    let browser = sit_down(&company, Device::desktop()).await;
    browser.visit("/clips/new").await;
    browser.fill(FILTER, "last n").await;
    browser.sees("Last Name").await;
    let marked = "[...document.querySelectorAll('[data-explorer] mark')].filter(mark => mark.checkVisibility()).map(mark => mark.textContent).join()";
    browser.becomes(marked, "Last N,Last N").await;
    browser.has_no_serious_axe_issue().await;
    browser.press("Last Name").await;
    let holds = format!("String({SQL}.includes('\"Last Name\"'))");
    browser.becomes(&holds, "true").await;
    // A table that its name finds stays closed.
    browser.fill(FILTER, "employee").await;
    browser.becomes(marked, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_a_name_writes_it_into_the_query() {
    let company = Company::new().await;
    let browser = sit_down(&company, Device::desktop()).await;
    browser.visit("/clips/new").await;
    browser.fill(FILTER, "staff.employees").await;
    browser.sees("1 table").await;
    browser.press("employees").await;
    let holds = |text: &str| format!("String({SQL}.includes('{text}'))");
    browser.becomes(&holds("staff.employees"), "true").await;
    browser.press("Last Name").await;
    browser.becomes(&holds("\"Last Name\""), "true").await;
    // An editor takes both events; then nothing else happens.
    let listen =
        "['insert', 'query'].map(name => document.addEventListener('dataclips:' + name, event => {
        event.preventDefault(); document.title = event.detail.text ?? event.detail.sql; }))";
    browser.evaluate(listen).await;
    browser.press("salary").await;
    browser.becomes("document.title", "salary").await;
    browser.click_link("First 100 rows of employees").await;
    let sql = "select * from staff.employees limit 100";
    browser.becomes("document.title", sql).await;
    browser.is_at("/clips/new").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_database_has_other_tables() {
    let company = Company::new().await;
    let url = shared().socket_url("reader", "postgres");
    company.server.add_database("empty", &url).await;
    let browser = sit_down(&company, Device::desktop()).await;
    browser.visit("/clips/new").await;
    browser.sees("Choose a database to see its tables.").await;
    browser.choose("Database", "data").await;
    browser.sees("keys_to_gold").await;
    let schema = "document.getElementById('sql').dataset.schema";
    browser.becomes(schema, SEARCH).await;
    browser.choose("Database", "empty").await;
    browser
        .sees("This database’s role cannot read any table.")
        .await;
    browser.becomes(schema, "/databases/2/schema/search").await;
    browser.does_not_see("keys_to_gold").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_retried_once_its_database_is_back() {
    let company = Company::new().await;
    let proxy = Proxy::to(shared().port).await;
    let url = proxy.url("reader", &company.server.data);
    company.server.add_database("far", &url).await;
    proxy.cut();
    let browser = sit_down(&company, Device::desktop()).await;
    browser.visit("/clips/new?database=far").await;
    browser.sees("The database cannot be reached.").await;
    proxy.heal();
    browser.press("Try again").await;
    browser.sees("keys_to_gold").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_clip_it_is_closed_until_somebody_opens_it() {
    let company = Company::new().await;
    let clip = company.mia.create_clip("select 1 as a").await;
    let page = format!("/{}", clip.slug);
    let browser = sit_down(&company, Device::desktop()).await;
    let is_open = "String(document.querySelector('[data-explorer]').open)";
    browser.visit(&page).await;
    browser.sees("1 row").await;
    browser.evaluate(OPEN_QUERY).await;
    browser.becomes(is_open, "false").await;
    browser.press("Schema").await;
    browser.sees("keys_to_gold").await;
    browser.visit(&page).await;
    browser.evaluate(OPEN_QUERY).await;
    browser.sees("keys_to_gold").await;
    browser.press("Schema").await;
    browser.does_not_see("keys_to_gold").await;
    browser.visit(&page).await;
    browser.evaluate(OPEN_QUERY).await;
    browser.becomes(is_open, "false").await;
    // A reader has no explorer.
    let reader = Browser::with(&company.server, Device::desktop());
    drop(browser);
    let reader = reader.await;
    reader.visit(&page).await;
    reader.sees("1 row").await;
    reader
        .becomes("String(document.querySelector('[data-explorer]'))", "null")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn page_and_explorer_are_good_on_every_device() {
    let company = Company::new().await;
    for device in [
        Device::desktop(),
        Device::desktop().dark(),
        Device::phone(),
        Device::phone().dark(),
    ] {
        let browser = sit_down(&company, device).await;
        let open = "document.querySelectorAll('details details, .relations details').forEach(part => part.open = true)";
        for path in [
            PAGE,
            "/databases/1/schema?search=nothing+of+the+kind",
            "/clips/new",
        ] {
            browser.visit(path).await;
            if path == "/clips/new" {
                browser
                    .evaluate("document.querySelector('[data-explorer]').open = true")
                    .await;
                browser.sees("keys_to_gold").await;
            }
            browser.evaluate(open).await;
            browser.has_no_serious_axe_issue().await;
            browser.fits_the_screen().await;
            browser.has_a_quiet_console().await;
        }
    }
}
