//! The query's editor.

use super::*;
use crate::support::Key;

async fn analyst(server: &Server) -> Browser {
    let browser = Browser::with(server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
}

/// Where the wavy line is.
const UNDERLINED: &str =
    "[...document.querySelectorAll('.cm-error')].map(mark => mark.textContent).join()";

const RUN: &str = "document.querySelector('[data-run]').textContent";
const MAIN: &str = "[...document.querySelectorAll('form[data-query] .primary')].map(main => main.textContent).join()";
const SQL: &str = "document.getElementById('sql').value";
/// The first column's values below the query.
const ROWS: &str =
    "[...document.querySelectorAll('#preview td')].map(cell => cell.textContent.trim()).join()";
const DIMMED: &str = "String(document.querySelectorAll('.of-another-text').length)";
const FOCUSED: &str = "String(document.activeElement?.classList.contains('cm-content') ?? false)";
const FOUND: &str = "String(document.querySelectorAll('.cm-searchMatch').length)";
const LINES_SHOWN: &str = "String(Math.floor(document.querySelector('.cm-scroller').clientHeight
    / parseFloat(getComputedStyle(document.querySelector('.cm-line')).lineHeight)))";
const FORMATTED: &str = "select\n  a,\n  b ->> 'x  y'\nfrom\n  t\nwhere\n  a < 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_run_from_the_keyboard_and_then_saved() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Name", "Tried").await;
    browser.fill("Query", "select 1 as one, nothing").await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("column \"nothing\" does not exist").await;
    browser.becomes(UNDERLINED, "nothing").await;
    browser.fill("Query", "select 'tried' as one").await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("1 row").await;
    browser.sees("tried").await;
    browser.does_not_see("does not exist").await;
    browser.becomes(UNDERLINED, "").await;
    assert_eq!(browser.focus().await, "Query");
    browser.is_at("/clips/new").await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
    browser.sit_down_at(Device::desktop()).await;
    browser.has_a_quiet_console().await;
    browser.asks_no_other_server().await;

    browser.hold_and_press(Key::Control, 's').await;
    browser.sees("v1").await;
    open_query(&browser).await;
    assert_eq!(browser.value("Query").await, "select 'tried' as one");
    // The saved rows give way to a preview, and come back.
    browser.fill("Query", "select 'other' as one").await;
    browser.press("Run").await;
    browser.sees("other").await;
    browser.press("Close the preview").await;
    browser.does_not_see("not saved").await;
    browser.sees("tried").await;
    // What was saved is no longer a draft.
    browser.press("Save").await;
    browser.sees("v2").await;
    browser.does_not_see("is back").await;
    // The editor is as it was.
    browser.becomes(FOCUSED, "true").await;
    browser.type_text(", 2 as two").await;
    assert_eq!(
        browser.value("Query").await,
        "select 'other' as one, 2 as two"
    );
    browser.hold_and_press(Key::Control, 's').await;
    browser.sees("v3").await;
    browser.visit("/clips/new").await;
    browser.does_not_see("is back").await;
    assert_eq!(browser.value("Query").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsaved_text_survives_a_reload_and_can_be_discarded() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    let clip = server.create_clip("select 1 as one").await;
    for (page, saved) in [
        (page_of(&clip), "select 1 as one"),
        ("/clips/new".to_owned(), ""),
    ] {
        browser.visit(&page).await;
        open_query(&browser).await;
        browser.fill("Query", "select 'unsaved \u{1f980}'").await;
        browser.visit("/databases").await;
        browser.visit(&page).await;
        browser.sees("Your unsaved text is back.").await;
        assert_eq!(browser.value("Query").await, "select 'unsaved \u{1f980}'");
        browser.has_no_serious_axe_issue().await;
        browser.press("Discard it").await;
        browser.does_not_see("is back").await;
        open_query(&browser).await;
        assert_eq!(browser.value("Query").await, saved);
        browser.visit(&page).await;
        browser.does_not_see("is back").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_an_older_version_overwrites_nothing() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    let clip = server.create_clip("select 1 as one").await;
    browser.visit(&page_of(&clip)).await;
    open_query(&browser).await;
    browser.fill("Query", "select 'mine'").await;
    let changed = serde_json::json!({"sql": "select 'theirs'"});
    let path = format!("/api/v1/clips/{}", clip.slug);
    server.administrator.patch(&path, &changed).await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("is back").await;
    browser.press("Save").await;
    browser
        .sees("changed this query while you were writing")
        .await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
    assert_eq!(browser.value("Query").await, "select 'mine'");
    browser.sit_down_at(Device::desktop()).await;
    browser.press("Save").await;
    browser.sees("v3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_query_is_cancelled_where_it_was_run() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select pg_sleep(50)").await;
    browser.press("Run").await;
    browser.sees("Running for 2 s.").await;
    browser.has_no_serious_axe_issue().await;
    browser.press("Cancel").await;
    browser.does_not_see("Running for").await;
    server.no_query_is_left().await;
    browser.press("Run").await;
    browser.sees("Running for 1 s.").await;
    browser.visit("/").await;
    server.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_does_not_reach_the_server_says_so_and_stays() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'tried'").await;
    browser.block_addresses("*/clips/preview").await;
    browser.press("Run").await;
    browser
        .sees("The server does not answer. Run it again in a moment.")
        .await;
    browser.does_not_see("running").await;
    browser.block_addresses("nothing").await;
    browser.press("Run").await;
    browser.sees("returned 1 row").await;
    browser.does_not_see("does not answer").await;
    assert_eq!(browser.value("Query").await, "select 'tried'");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_out_in_another_tab_is_led_to_sign_in_again() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'tried'").await;
    browser
        .evaluate("void fetch('/sign-out', {method: 'POST'}).then(() => (window.isOut = 'yes'))")
        .await;
    browser.becomes("window.isOut", "yes").await;
    browser.press("Run").await;
    browser.sees("You are signed out").await;
    let link = "document.querySelector('#query-error a[target=_blank]').getAttribute('href')";
    browser.becomes(link, "/sign-in").await;
    assert_eq!(browser.value("Query").await, "select 'tried'");
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_become_comments_and_tab_leads_on() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 1").await;
    browser.hold_and_press(Key::Control, '/').await;
    assert_eq!(browser.value("Query").await, "-- select 1");
    browser.hold_and_press(Key::Control, '/').await;
    assert_eq!(browser.value("Query").await, "select 1");
    browser.press_key(Key::Tab).await;
    assert_ne!(browser.focus().await, "Query");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_a_query_is_run_and_saved_too() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop().without_javascript()).await;
    sign_in(&browser, "ada@example.com").await;
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'tried' as one").await;
    browser.press("Run").await;
    browser.sees("1 row").await;
    browser.sees("tried").await;
    browser.fill("Name", "Tried").await;
    browser.press("Create clip").await;
    browser.sees("v1").await;
    browser.press("Query select 'tried' as one").await;
    browser.fill("Query", "select nothing").await;
    browser.press("Run").await;
    browser.sees("column \"nothing\" does not exist").await;
    browser.click_link("Discard changes").await;
    browser.sees("tried").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_what_it_ran_and_leaves_the_writer_alone() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    a_selection_is_run_alone_and_its_error_is_marked_in_place(&browser).await;
    a_run_neither_scrolls_the_page_nor_takes_the_focus(&browser).await;
    run_is_the_main_button_until_the_text_was_run_then_save(&server, &mut browser).await;
}

async fn a_selection_is_run_alone_and_its_error_is_marked_in_place(browser: &Browser) {
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'whole' as it;").await;
    browser.press_key(Key::Enter).await;
    browser.type_text("select 'part'").await;
    browser.hold_and_press(Key::Shift, Key::Home).await;
    browser.becomes(RUN, "Run selection").await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("Rows of the selection").await;
    browser.becomes(ROWS, "part").await;
    assert_eq!(browser.focus().await, "Query");
    browser.press_key(Key::End).await;
    browser.becomes(RUN, "Run").await;

    browser.fill("Query", "select 1;").await;
    browser.press_key(Key::Enter).await;
    browser.type_text("select nothing").await;
    browser.hold_and_press(Key::Shift, Key::Home).await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("column \"nothing\" does not exist").await;
    browser.becomes(UNDERLINED, "nothing").await;
}

async fn run_is_the_main_button_until_the_text_was_run_then_save(
    server: &Server,
    browser: &mut Browser,
) {
    browser.visit("/clips/new").await;
    browser.fill("Query", "select 'tried'").await;
    browser.becomes(MAIN, "Run").await;
    browser.press("Run").await;
    browser.becomes(MAIN, "Create clip").await;
    browser.becomes(DIMMED, "0").await;
    browser.fill("Query", "select 'other'").await;
    browser.becomes(MAIN, "Run").await;
    browser.becomes(DIMMED, "1").await;
    browser.sees("Rows of an earlier text").await;
    browser.fill("Query", "select 'tried'").await;
    browser.becomes(MAIN, "Create clip").await;
    browser.becomes(DIMMED, "0").await;

    let clip = server.create_clip("select 'saved'").await;
    browser.visit(&page_of(&clip)).await;
    open_query(browser).await;
    browser.becomes(MAIN, "Save").await;
    browser.fill("Query", "select 'unsaved'").await;
    browser.becomes(MAIN, "Run").await;
    browser.becomes(DIMMED, "1").await;
    browser.sees("Rows of version 1").await;
    is_good_everywhere(browser).await;
}

async fn a_run_neither_scrolls_the_page_nor_takes_the_focus(browser: &Browser) {
    browser.visit("/clips/new").await;
    let sql = "select * from generate_series(1, 500)";
    browser.fill("Query", sql).await;
    browser.hold_and_press(Key::Control, Key::Enter).await;
    browser.sees("500 rows").await;
    let moved = "String([document.scrollingElement, document.querySelector('main')].map(part => part.scrollTop))";
    browser.becomes(moved, "0,0").await;
    assert_eq!(browser.focus().await, "Query");
    browser.type_text(" limit 3").await;
    assert_eq!(browser.value("Query").await, format!("{sql} limit 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_has_the_tools_of_an_editor() {
    let server = Server::start().await;
    let mut browser = analyst(&server).await;
    words_are_found_and_replaced(&mut browser).await;
    long_lines_wrap_and_the_browser_remembers_it(&browser).await;
    formatting_keeps_the_cursor_and_is_undone_at_once(&browser).await;
    the_editor_grows_with_its_lines_to_twelve(&browser).await;
}

async fn words_are_found_and_replaced(browser: &mut Browser) {
    browser.visit("/clips/new").await;
    browser.fill("Query", "select one, one from ones").await;
    browser.hold_and_press(Key::Control, 'f').await;
    browser.fill("Find", "one").await;
    browser.fill("Replace", "two").await;
    browser.becomes(FOUND, "3").await;
    is_good_everywhere(browser).await;
    browser.press("Replace all").await;
    browser.press("Close").await;
    assert_eq!(browser.value("Query").await, "select two, two from twos");
}

async fn long_lines_wrap_and_the_browser_remembers_it(browser: &Browser) {
    browser.visit("/clips/new").await;
    let long = format!("select {}", "'long words', ".repeat(60));
    browser.fill("Query", &long).await;
    let wraps = "String(document.querySelector('.cm-line').getBoundingClientRect().height > 40)";
    browser.becomes(wraps, "false").await;
    browser.press("Wrap").await;
    browser.becomes(wraps, "true").await;
    browser.visit("/clips/new").await;
    browser.sees("is back").await;
    browser.becomes(wraps, "true").await;
    browser.press("Wrap").await;
    browser.becomes(wraps, "false").await;
}

async fn formatting_keeps_the_cursor_and_is_undone_at_once(browser: &Browser) {
    browser.visit("/clips/new").await;
    let before = "select a,b->>'x  y' from t where a<1";
    browser.fill("Query", before).await;
    browser.press("Format").await;
    browser.becomes(SQL, FORMATTED).await;
    assert_eq!(browser.focus().await, "Query");
    // The cursor is at the end, as it was.
    browser.type_text("2").await;
    browser.becomes(SQL, &format!("{FORMATTED}2")).await;
    browser.hold_and_press(Key::Control, 'z').await;
    browser.becomes(SQL, FORMATTED).await;
    browser.hold_and_press(Key::Control, 'z').await;
    browser.becomes(SQL, before).await;

    for unreadable in ["select (1", "select 'a'\n'b'"] {
        browser.fill("Query", unreadable).await;
        browser.press("Format").await;
        browser.sees("This query cannot be formatted").await;
        browser.becomes(SQL, unreadable).await;
    }
    browser.type_text(" ").await;
    browser.does_not_see("cannot be formatted").await;
}

async fn the_editor_grows_with_its_lines_to_twelve(browser: &Browser) {
    browser.visit("/clips/new").await;
    for (lines, shown) in [(1, "2"), (5, "5"), (12, "12"), (40, "12")] {
        let text: Vec<String> = (0..lines).map(|line| format!("-- {line}")).collect();
        browser.fill("Query", &text.join("\n")).await;
        browser.becomes(LINES_SHOWN, shown).await;
    }
    let chosen =
        "document.querySelector('[data-workbench]').style.setProperty('--editor-height', '100px')";
    browser.evaluate(chosen).await;
    let height = "String(document.querySelector('.cm-editor').offsetHeight)";
    browser.becomes(height, "100").await;
    browser.tab_to("Height of the query").await;
    browser.press_key(Key::Down).await;
    browser.becomes(height, "124").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_its_tab_for_a_week_and_is_its_authors_alone() {
    let server = Server::start().await;
    let browser = analyst(&server).await;
    let clip = server.create_clip("select 1 as one").await;
    browser.visit(&page_of(&clip)).await;
    open_query(&browser).await;
    browser.fill("Query", "select 'mine'").await;
    let kept = "String(Object.values(localStorage).some(value => value.includes('mine')))";
    browser.becomes(kept, "true").await;
    // What a tab alone knows ends with it.
    browser.evaluate("sessionStorage.clear()").await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("is back").await;
    assert_eq!(browser.value("Query").await, "select 'mine'");

    let rename = "Object.entries(localStorage).filter(([key]) => key.startsWith('dataclips:draft:')).forEach(([key, value]) => {
        localStorage.removeItem(key); localStorage.setItem(key.replace(/:\\d+:/, ':999:'), value); })";
    browser.evaluate(rename).await;
    browser.visit(&page_of(&clip)).await;
    open_query(&browser).await;
    assert_eq!(browser.value("Query").await, "select 1 as one");

    let age = "Object.entries(localStorage).filter(([key]) => key.startsWith('dataclips:draft:')).forEach(([key, value]) =>
        localStorage.setItem(key, JSON.stringify({...JSON.parse(value), keptAt: Date.now() - 8 * 86400000})))";
    browser.evaluate(age).await;
    browser.visit(&page_of(&clip)).await;
    browser.becomes(kept, "false").await;
}
