//! Selecting cells, their sums, and copying them.

use super::*;

const FIGURES: &str = "select * from (values
        (1, 0.10, 9007199254740993, 'plain'),
        (2, 0.20, 1, E'tab\\there'),
        (3, null, 1, 'a \"quote\"'),
        (4, -1.05, 1, E'two\\nlines'),
        (5, 99999999999999999999.95, 1, '<b>&</b>')
    ) as figures (n, amount, big, words)";

async fn has_copied(browser: &Browser, text: &str) {
    browser.becomes("window.copied", text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_copied_as_a_spreadsheet_takes_it() {
    let server = Server::start().await;
    let (browser, _) = at_grid(&server, FIGURES, Device::desktop()).await;
    listens_to_copying(&browser).await;
    browser.click_cell("9007199254740993").await;
    browser.hold_and_press(Key::Control, 'c').await;
    has_copied(&browser, "9007199254740993").await;
    browser.drag_over_cells("3", "two↵lines⋯").await;
    // The button moves when the sums appear.
    browser.sees("8 cells · 5 numbers").await;
    browser.press("Copy").await;
    has_copied(
        &browser,
        "3\t\t1\t\"a \"\"quote\"\"\"\n4\t-1.05\t1\t\"two\nlines\"",
    )
    .await;
    browser.sees("Copied 8 cells.").await;
    browser.click_cell("<b>&</b>").await;
    browser.hold_and_press(Key::Control, 'c').await;
    has_copied(&browser, "<b>&</b>").await;
    browser
        .becomes(
            "window.copiedTable",
            "<table><tbody><tr><td>&lt;b&gt;&amp;&lt;/b&gt;</td></tr></tbody></table>",
        )
        .await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_columns_are_copied_with_headings_and_anything_as_markdown() {
    let server = Server::start().await;
    let sql =
        "select * from (values (1, 'a|b'), (2, E'two\\nlines'), (3, null)) as v (n, \"the words\")";
    let (browser, _) = at_grid(&server, sql, Device::desktop()).await;
    listens_to_copying(&browser).await;
    let whole = "n\tthe words\n1\ta|b\n2\t\"two\nlines\"\n3\t";
    browser.click_cell("1").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser.hold_and_press(Key::Control, 'c').await;
    has_copied(&browser, whole).await;
    browser.sees("Copied 6 cells with headings.").await;
    let headings = "new DOMParser().parseFromString(window.copiedTable, 'text/html').querySelectorAll('th').length";
    assert_eq!(browser.evaluate(headings).await, 2);
    browser.press("Table menu").await;
    browser.press("Copy values").await;
    has_copied(&browser, "1\ta|b\n2\t\"two\nlines\"\n3\t").await;
    // Without a selection it is the whole table.
    browser.click_cell("2").await;
    browser.press_key(Key::Escape).await;
    browser.press("Table menu").await;
    browser.press("Copy as Markdown").await;
    has_copied(
        &browser,
        "| n | the words |\n| ---: | --- |\n| 1 | a\\|b |\n| 2 | two<br>lines |\n| 3 | |",
    )
    .await;
    browser.click_cell("2").await;
    browser.press("Table menu").await;
    browser.press("Copy with headings").await;
    has_copied(&browser, "n\n2").await;
    browser.sees("Copied with headings.").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_and_averages_are_exact() {
    let server = Server::start().await;
    let (browser, _) = at_grid(&server, FIGURES, Device::desktop()).await;
    browser.drag_over_cells("0.10", "0.20").await;
    browser
        .sees("2 cells · 2 numbers · sum 0.30 · average 0.15")
        .await;
    browser
        .drag_over_cells("0.10", "99999999999999999999.95")
        .await;
    browser
        .sees("5 cells · 4 numbers · sum 99,999,999,999,999,999,999.20 · average 24,999,999,999,999,999,999.8")
        .await;
    browser.drag_over_cells("1", "9007199254740993").await;
    browser
        .sees("3 cells · 3 numbers · sum 9,007,199,254,740,994.10 · average about 3,002,399,751,580,331.36666667")
        .await;
    browser.click_cell("plain").await;
    browser.does_not_see("average").await;
    browser.drag_over_cells("plain", "<b>&</b>").await;
    browser.sees("5 cells").await;
    browser.does_not_see("sum").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser.sees("20 cells · 14 numbers").await;
    browser.press_key(Key::Escape).await;
    browser.does_not_see("20 cells").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_not_loaded_is_fetched_whole() {
    let server = Server::start().await;
    let sql = "select n, case n when 3000 then repeat('long ', 1000) else 'short' end as words from generate_series(1, 5000) n";
    let (browser, _) = at_grid(&server, sql, Device::desktop()).await;
    listens_to_copying(&browser).await;
    browser.click_cell("1").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser
        .sees("10,000 cells · 5,000 numbers · sum 12,502,500 · average 2,500.5")
        .await;
    browser.hold_and_press(Key::Control, 'c').await;
    browser.sees("Copied 10,000 cells with headings.").await;
    let lines = "String(window.copied.split('\\n').length)";
    browser.becomes(lines, "5001").await;
    let long = "String(window.copied.split('\\n')[3000].length)";
    browser.becomes(long, "5005").await;

    let sql =
        "select n, n as a, n as b, n as c, n as d, n as e, n as f from generate_series(1, 29999) n";
    let clip = server.create_clip(sql).await;
    browser.visit(&page_of(&clip)).await;
    has_grid(&browser).await;
    browser.click_cell("1").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser.sees("209,993 cells, too many to add up").await;
    browser.press("Copy").await;
    browser
        .sees("More than 200,000 cells are too many to copy. Download the rows instead.")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grid_is_used_by_keyboard_alone() {
    let server = Server::start().await;
    let sql = "select n, n * 10 as tens, 'x' as letter from generate_series(1, 1000) n";
    let (browser, _) = at_grid(&server, sql, Device::desktop()).await;
    listens_to_copying(&browser).await;
    browser.tab_to("1").await;
    // The grid is a single tab stop: the next one is after it.
    browser.press_key(Key::Tab).await;
    let is_in_grid = "String(document.activeElement.closest('#rows') !== null)";
    browser.becomes(is_in_grid, "false").await;
    browser.hold_and_press(Key::Shift, Key::Tab).await;
    is_at_cell(&browser, "1").await;
    for (key, text) in [
        (Key::Right, "10"),
        (Key::Down, "20"),
        (Key::End, "x"),
        (Key::Home, "2"),
        (Key::Up, "1"),
    ] {
        browser.press_key(key).await;
        is_at_cell(&browser, text).await;
    }
    browser.hold_and_press(Key::Control, Key::Down).await;
    is_at_cell(&browser, "1000").await;
    browser.hold_and_press(Key::Control, Key::Right).await;
    is_at_cell(&browser, "x").await;
    browser.hold_and_press(Key::Control, Key::Home).await;
    is_at_cell(&browser, "1").await;
    browser.press_key(Key::PageDown).await;
    let page = "String(Number(document.activeElement.textContent) > 10)";
    browser.becomes(page, "true").await;
    browser.hold_and_press(Key::Control, Key::Home).await;
    browser.press_key(Key::Down).await;
    browser.hold_and_press(Key::Shift, Key::Down).await;
    browser.hold_and_press(Key::Shift, Key::Right).await;
    browser
        .sees("4 cells · 4 numbers · sum 55 · average 13.75")
        .await;
    let selected = "document.querySelectorAll('#rows [aria-selected=true]').length";
    assert_eq!(browser.evaluate(selected).await, 4);
    browser.hold_and_press(Key::Control, 'c').await;
    has_copied(&browser, "2\t20\n3\t30").await;
    browser.hold_and_press(Key::Shift, ' ').await;
    browser.sees("3 cells").await;
    browser.press_key(Key::Escape).await;
    assert_eq!(browser.evaluate(selected).await, 0);
    // Up to the headings, and Enter sorts.
    browser.hold_and_press(Key::Control, Key::Home).await;
    browser.press_key(Key::Up).await;
    assert_eq!(browser.focus().await, "n int4");
    browser.press_key(Key::Enter).await;
    browser.press_key(Key::Enter).await;
    browser
        .becomes(
            "document.querySelector('#rows tbody td').textContent",
            "1000",
        )
        .await;
    assert_eq!(browser.focus().await, "n int4");
    browser.press_key(Key::Down).await;
    is_at_cell(&browser, "1000").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_takes_along_what_the_filter_leaves() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select n, n % 2 = 0 as even from generate_series(1, 40) n")
        .await;
    let browser = Browser::with(&server, Device::desktop()).await;
    browser.visit(&page_of(&clip)).await;
    browser.press("Download").await;
    browser.sees("All 40 rows").await;
    browser.does_not_see("filtered rows").await;
    browser.press_key(Key::Escape).await;
    browser.fill("Filter rows", "true").await;
    browser.sees("20 of 40 rows").await;
    browser.press("Download").await;
    browser.sees("20 filtered rows").await;
    let link = "document.querySelector('[data-narrowed] a').getAttribute('href')";
    let link = browser.evaluate(link).await;
    let link = link.as_str().unwrap().replace(&server.url, "");
    let file = server.anonymous().get(&link).await.text().await.unwrap();
    assert_eq!(file.lines().count(), 21, "{link}: {file}");
}
