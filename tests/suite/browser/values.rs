//! The values of a query's blanks in a real browser: a changed value runs the query, and the address carries it.

use super::*;
use crate::support::Key;

const SALES: &str = "select * from (values ('France', 1), ('Spain', 2), ('Spain', 3)) t (country, amount) \
    where country = {{country}} and amount >= {{least = 1}}::int";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_value_runs_and_the_address_carries_it() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let page = page_of(&clip);
    let several = "select count(*) from unnest({{ids}}::int[]) i where i > {{least = 1}}::int";
    let several = page_of(&server.create_clip(several).await);
    for device in [Device::desktop(), Device::phone().dark()] {
        let browser = Browser::with(&server, device).await;
        browser.visit(&page).await;
        browser.sees("Fill in country to see the rows.").await;
        browser.fits_the_screen().await;
        browser.fill("country", "Spain").await;
        browser.press_key(Key::Enter).await;
        browser.is_at(&format!("{page}?country=Spain")).await;
        browser.sees("2 rows").await;
        // Another way to clear the field would be a change of its own.
        let select = "document.querySelector('#value-least').select()";
        browser.evaluate(select).await;
        browser
            .evaluate("document.querySelector('#value-least').focus()")
            .await;
        browser.type_text("3").await;
        browser.press_key(Key::Tab).await;
        browser
            .is_at(&format!("{page}?country=Spain&least=3"))
            .await;
        browser.sees("1 row").await;
        let focused = "String(document.activeElement.closest('#values') !== null)";
        browser.becomes(focused, "true").await;
        browser.fits_the_screen().await;
        browser.has_no_serious_axe_issue().await;
        // Tab leads from the last of several values to the next.
        browser.visit(&several).await;
        let first = "document.querySelector('#value-ids-1').focus()";
        browser.evaluate(first).await;
        browser.type_text("7").await;
        browser.press_key(Key::Tab).await;
        browser.is_at(&format!("{several}?ids=7")).await;
        let place = "document.activeElement.id";
        browser.becomes(place, "value-ids-2").await;
        browser.type_text("8").await;
        browser.press_key(Key::Tab).await;
        browser.is_at(&format!("{several}?ids=7&ids=8")).await;
        browser.becomes(place, "value-ids-3").await;
        // Steps run together.
        let number = "document.querySelector('#value-least').focus()";
        browser.evaluate(number).await;
        for _ in 0..3 {
            browser.press_key(Key::Up).await;
        }
        browser
            .is_at(&format!("{several}?ids=7&ids=8&least=4"))
            .await;
        browser.becomes(place, "value-least").await;
        browser.has_no_serious_axe_issue().await;
        browser.has_a_quiet_console().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_sent_by_a_button_without_javascript() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let browser = Browser::with(&server, Device::phone().without_javascript()).await;
    browser.visit(&page_of(&clip)).await;
    browser.fill("country", "Spain").await;
    browser.press("Run").await;
    browser.sees("2 rows").await;
    browser
        .is_at(&format!("{}?country=Spain&least=1", page_of(&clip)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workbench_asks_for_values_after_run() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
        .visit("/clips/new?sql=select%20%7B%7Bcount%7D%7D::int%20*%202%20as%20twice")
        .await;
    let has_editor = "String(document.querySelector('.cm-content') !== null)";
    browser.becomes(has_editor, "true").await;
    browser.press("Run").await;
    browser.sees("Fill in count to run the query.").await;
    browser.fill("count", "21").await;
    browser.press("Run").await;
    browser.sees("42").await;
    let place = browser.evaluate("location.href").await;
    browser.fill("count", "8").await;
    browser.press_key(Key::Enter).await;
    browser.sees("16").await;
    assert_eq!(browser.evaluate("location.href").await, place);
    browser.has_a_quiet_console().await;
}
