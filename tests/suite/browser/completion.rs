//! What the editor offers while somebody types.

use super::*;
use crate::support::Key;

const OFFERED: &str = "[...document.querySelectorAll('.cm-tooltip-autocomplete li .cm-completionLabel')].map(label => label.textContent).join()";

async fn analyst(server: &Server) -> Browser {
    let superuser = server.superuser().await;
    let sql = "create schema shop;
        create table shop.parcels (parcel_no int primary key, \"Sent At\" timestamptz, weight numeric);
        comment on column shop.parcels.weight is 'In grams.';
        create table \"Order Lines\" (\"Unit Price\" numeric, order_id int references orders);
        create table orders_of_old (id int);
        create table reorders (id int);
        create table shop.legs (parcel_no int, leg int, primary key (parcel_no, leg));
        create table shop.stops (parcel_no int, leg int, place text, foreign key (parcel_no, leg) references shop.legs);
        insert into reorders values (1);
        analyze orders, orders_of_old, reorders;
        grant usage on schema shop to reader;
        grant select on all tables in schema shop, public to reader;
        revoke select on secrets from reader";
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
    browser.evaluate("delete window.cameUpAt").await;
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
async fn what_is_offered_fits_its_place() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    nothing_is_offered_in_texts_and_comments(&browser).await;
    what_begins_with_the_word_comes_first_and_empty_tables_last(&browser).await;
    after_on_the_foreign_key_is_offered_in_both_directions(&browser).await;
    names_of_with_queries_and_columns_that_using_joins_are_offered(&browser).await;
    within_an_open_quote_only_names_are_offered_and_the_quote_is_closed_once(&browser).await;
    overloads_are_one_entry_that_tells_its_forms(&browser).await;
}

async fn nothing_is_offered_in_texts_and_comments(browser: &Browser) {
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
    is_offered(browser, "parcels").await;
    browser.press_key(Key::Escape).await;
}

async fn what_begins_with_the_word_comes_first_and_empty_tables_last(browser: &Browser) {
    browser.fill("Query", "").await;
    browser.type_text("select * from orders").await;
    is_offered(browser, "orders_of_old").await;
    let first = format!("{OFFERED}.split(',').slice(0, 3).join()");
    browser
        .becomes(&first, "orders,orders_of_old,reorders")
        .await;
    // A table that the query uses comes before others, and one with rows before one without.
    browser
        .fill("Query", "select * from orders_of_old union select * from ")
        .await;
    browser.type_text("ord").await;
    browser
        .becomes(&first, "orders_of_old,orders,Order Lines")
        .await;
    browser.press_key(Key::Escape).await;
}

async fn after_on_the_foreign_key_is_offered_in_both_directions(browser: &Browser) {
    for (query, condition) in [
        (
            "select * from orders o join \"Order Lines\" l on ",
            "l.order_id = o.id",
        ),
        (
            "select * from \"Order Lines\" join orders on ",
            "\"Order Lines\".order_id = orders.id",
        ),
        (
            "select * from shop.stops s join shop.legs on ",
            "s.parcel_no = legs.parcel_no and s.leg = legs.leg",
        ),
    ] {
        browser.fill("Query", query.trim_end()).await;
        browser.type_text(" ").await;
        browser.becomes(OFFERED, condition).await;
        may_be_taken(browser).await;
        browser.press_key(Key::Enter).await;
        assert_eq!(browser.value("Query").await, format!("{query}{condition}"));
    }
}

async fn names_of_with_queries_and_columns_that_using_joins_are_offered(browser: &Browser) {
    browser
        .fill(
            "Query",
            "with recent as materialized (select 1), \"Old Ones\" (n) as (select 2) select * from",
        )
        .await;
    browser.type_text(" rec").await;
    let first = format!("{OFFERED}.split(',')[0]");
    browser.becomes(&first, "recent").await;
    browser.type_text("ent, old").await;
    browser.becomes(&first, "Old Ones").await;
    may_be_taken(browser).await;
    browser.press_key(Key::Enter).await;
    let taken = browser.value("Query").await;
    assert!(taken.ends_with("from recent, \"Old Ones\""), "{taken}");

    let query = "select * from shop.stops s join shop.legs using";
    browser.fill("Query", query).await;
    browser.type_text(" (").await;
    browser.becomes(OFFERED, "parcel_no,leg").await;
    browser.type_text("parcel_no, ").await;
    browser.becomes(OFFERED, "leg").await;
}

async fn within_an_open_quote_only_names_are_offered_and_the_quote_is_closed_once(
    browser: &Browser,
) {
    for (before, typed, name, after) in [
        ("select * from ", "\"Ord", "Order Lines", "\"Order Lines\""),
        (
            "select * from ",
            "public.\"Ord",
            "Order Lines",
            "public.\"Order Lines\"",
        ),
        ("select * from ", "\"parc", "parcels", "shop.\"parcels\""),
        (
            "select * from \"Order Lines\" o where ",
            "o.\"Un",
            "Unit Price",
            "o.\"Unit Price\"",
        ),
    ] {
        browser.fill("Query", before.trim_end()).await;
        browser.type_text(&format!(" {typed}")).await;
        is_offered(browser, name).await;
        let others = format!("String({OFFERED}.includes('('))");
        browser.becomes(&others, "false").await;
        may_be_taken(browser).await;
        browser.press_key(Key::Enter).await;
        assert_eq!(browser.value("Query").await, format!("{before}{after}"));
    }
}

async fn overloads_are_one_entry_that_tells_its_forms(browser: &Browser) {
    browser.fill("Query", "").await;
    browser.type_text("select generate_ser").await;
    let labels = OFFERED.replace(
        ".join()",
        ".filter(label => label.startsWith('generate_series')).length",
    );
    browser.becomes(&format!("String({labels})"), "1").await;
    browser
        .sees("generate_series(integer, integer) → SETOF integer")
        .await;
    may_be_taken(browser).await;
    browser.press_key(Key::Enter).await;
    browser.type_text("1, 3").await;
    assert_eq!(browser.value("Query").await, "select generate_series(1, 3)");
}
