//! What the editor offers while somebody types.

use super::*;
use crate::support::Key;

const OFFERED: &str = "[...document.querySelectorAll('.cm-tooltip-autocomplete li .cm-completionLabel')].map(label => label.textContent).join()";

async fn analyst(server: &Server) -> Browser {
    let superuser = server.superuser().await;
    let sql = "create schema shop;
        create table shop.parcels (parcel_no int primary key, \"Sent At\" timestamptz, weight numeric);
        comment on column shop.parcels.weight is 'In grams.';
        grant usage on schema shop to reader;
        grant select on shop.parcels to reader";
    superuser.batch_execute(sql).await.unwrap();
    let browser = Browser::with(server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit("/clips/new").await;
    browser
}

/// Waits until this is offered, alone or among others.
async fn is_offered(browser: &Browser, name: &str) {
    let is_there = format!(
        "String({OFFERED}.split(',').some(label => label === '{name}' || label.startsWith('{name}(')))"
    );
    browser.becomes(&is_there, "true").await;
}

/// Waits for the moment to pass in which a list that has just opened ignores keys: they may be meant for the text.
async fn may_be_taken(browser: &Browser) {
    let age = "String(performance.now() > (window.cameUpAt ??= performance.now()) + 200)";
    browser.becomes(age, "true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_their_columns_are_completed_by_alias() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    browser.fill("Query", "").await;
    browser.type_text("select * from parc").await;
    is_offered(&browser, "parcels").await;
    may_be_taken(&browser).await;
    browser.press_key(Key::Enter).await;
    assert_eq!(browser.value("Query").await, "select * from shop.parcels");
    browser.type_text(" p where p.").await;
    is_offered(&browser, "parcel_no").await;
    is_offered(&browser, "Sent At").await;
    browser.type_text("Se").await;
    browser.becomes(OFFERED, "Sent At").await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
    }
    browser.press_key(Key::Tab).await;
    assert_eq!(
        browser.value("Query").await,
        "select * from shop.parcels p where p.\"Sent At\""
    );
    // Columns of the statement's own tables need no alias; functions and keywords are there too.
    browser.type_text(" is null and wei").await;
    is_offered(&browser, "weight").await;
    browser.sees("In grams.").await;
    browser.type_text("ght > gen").await;
    is_offered(&browser, "generate_series").await;
    browser.press_key(Key::Escape).await;
    browser.fill("Query", "sel").await;
    browser.type_text("e").await;
    is_offered(&browser, "select").await;
    browser.has_a_quiet_console().await;
    browser.asks_no_other_server().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_offered_in_texts_and_comments() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.fill("Query", "").await;
    browser.type_text("select 'parc").await;
    browser.type_text("e").await;
    browser.becomes(OFFERED, "").await;
    browser.fill("Query", "").await;
    browser.type_text("-- parc").await;
    browser.becomes(OFFERED, "").await;
    // A whole schema by its name.
    browser.press_key(Key::Enter).await;
    browser.type_text("from shop.").await;
    is_offered(&browser, "parcels").await;
}
