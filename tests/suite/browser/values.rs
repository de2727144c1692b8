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

/// A form's field hides the form's own member of that name.
#[tokio::test(flavor = "multi_thread")]
async fn blanks_may_be_called_as_the_members_of_forms() {
    let server = Server::start().await;
    let names = [
        "closest",
        "addEventListener",
        "querySelector",
        "querySelectorAll",
        "requestSubmit",
        "submit",
        "reset",
        "contains",
        "matches",
        "elements",
        "action",
        "method",
        "dataset",
        "getAttribute",
        "setAttribute",
        "isConnected",
        "parentElement",
        "id",
        "name",
    ];
    let columns = names.map(|name| format!("{{{{{name} = 0}}}}::int as \"{name}\""));
    let clip = server
        .create_clip(&format!("select {}", columns.join(", ")))
        .await;
    let path = page_of(&clip);
    let browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&path).await;
    browser.sees("1 row").await;
    for (name, query) in [("submit", "?submit=5"), ("closest", "?closest=5&submit=5")] {
        let select = format!("document.querySelector('#value-{name}').select()");
        browser.evaluate(&select).await;
        browser.type_text("5").await;
        browser.press_key(Key::Enter).await;
        browser.is_at(&format!("{path}{query}")).await;
    }
    // A step runs by itself.
    let number = "document.querySelector('#value-action').focus()";
    browser.evaluate(number).await;
    browser.press_key(Key::Up).await;
    browser.press_key(Key::Tab).await;
    let address = format!("{path}?closest=5&submit=5&action=1");
    browser.is_at(&address).await;
    let focused = "String(document.activeElement.closest('#values') !== null)";
    browser.becomes(focused, "true").await;
    // The filter of the rows, and the chart, are forms with these values.
    browser
        .evaluate("document.querySelector('[name=filter]').focus()")
        .await;
    browser.type_text("nowhere").await;
    browser.press_key(Key::Enter).await;
    browser.sees("No row contains").await;
    browser.visit(&format!("{address}&chart=1")).await;
    browser.choose("Kind", "Bars").await;
    let chosen = "String(new URLSearchParams(location.search).get('chart.kind'))";
    browser.becomes(chosen, "bar").await;
    // A click beside the fields.
    browser
        .evaluate("document.querySelector('#values').click()")
        .await;
    open_query(&browser).await;
    browser.press("Run").await;
    browser.sees("Preview").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_runs_when_it_is_turned() {
    let server = Server::start().await;
    let sql = "select {{is_new}}::bool as is_new, {{is_big = true}}::bool as is_big";
    let path = page_of(&server.create_clip(sql).await);
    for device in [Device::desktop(), Device::phone().dark()] {
        let browser = Browser::with(&server, device).await;
        browser.visit(&path).await;
        browser.press("Run").await;
        browser.is_at(&format!("{path}?is_new=false")).await;
        browser
            .evaluate("document.querySelector('#value-is_big').focus()")
            .await;
        browser.press_key(' ').await;
        browser
            .is_at(&format!("{path}?is_new=false&is_big=false"))
            .await;
        browser
            .becomes("document.activeElement.id", "value-is_big")
            .await;
        browser.fits_the_screen().await;
        browser.has_no_serious_axe_issue().await;
        browser.check("is_new").await;
        browser
            .is_at(&format!("{path}?is_new=true&is_big=false"))
            .await;
        browser.check("is_big").await;
        browser.is_at(&format!("{path}?is_new=true")).await;
        browser.has_a_quiet_console().await;
    }
    let browser = Browser::with(&server, Device::phone().without_javascript()).await;
    browser.visit(&path).await;
    browser.check("is_new").await;
    browser.uncheck("is_big").await;
    browser.press("Run").await;
    browser
        .is_at(&format!("{path}?is_new=false&is_new=true&is_big=false"))
        .await;
    browser.sees("1 row").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_runs_beside_a_value_and_saves_beside_the_note() {
    let server = Server::start().await;
    let path = page_of(&server.create_clip(SALES).await);
    let browser = Browser::with(&server, Device::phone().without_javascript()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&format!("{path}?country=Spain")).await;
    browser
        .evaluate("document.querySelector('details.query').open = true")
        .await;
    browser
        .evaluate("document.querySelector('[id=\"value-values.country\"]').focus()")
        .await;
    browser.press_key(Key::Enter).await;
    browser.is_at(&format!("{path}/preview")).await;
    browser.sees("Preview").await;
    let browser = Browser::with(&server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit(&format!("{path}?country=Spain")).await;
    open_query(&browser).await;
    browser.fill("What changed", "Only a note").await;
    browser.press_key(Key::Enter).await;
    // A preview would keep the note.
    let is_saved = "String(document.querySelector('[data-note]').value === '')";
    browser.becomes(is_saved, "true").await;
    browser.is_at(&format!("{path}?country=Spain")).await;
    browser.has_a_quiet_console().await;
}
